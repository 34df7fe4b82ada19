//! The rows that people can read: labels, exemplars and metadata as text.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use lab_model::{Labels, LabelsBuilder};
use lab_storage::Unreadable;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use crate::model::exemplar::Exemplar;
use crate::model::metadata::Metadata;

/// A label set as a JSON object.
pub(crate) fn labels_to_text(labels: &Labels) -> String {
    serde_json::to_string(labels).unwrap_or_default()
}

/// The label set in a JSON object. Its names and values share memory with those in `known`.
pub(crate) fn labels_from_text(text: &[u8], known: &mut Interned) -> Result<Labels, Unreadable> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let labels = LabelsOf(known).deserialize(&mut reader).map_err(|_| Unreadable::Content)?;
    reader.end().map_err(|_| Unreadable::Content)?;
    Ok(labels)
}

/// Texts that many label sets have, each of them once in memory.
#[derive(Debug, Default)]
pub(crate) struct Interned(hashbrown::HashSet<Arc<str>>);

impl Interned {
    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.0.insert(new.clone());
        new
    }
}

/// Reads a label set, whose texts it looks up without making a string of each.
struct LabelsOf<'a>(&'a mut Interned);

impl<'de> DeserializeSeed<'de> for LabelsOf<'_> {
    type Value = Labels;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Labels, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for LabelsOf<'_> {
    type Value = Labels;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of label names and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
        let mut labels = LabelsBuilder::default();
        while let Some(name) = map.next_key_seed(TextOf(&mut *self.0))? {
            let value = map.next_value_seed(TextOf(&mut *self.0))?;
            labels.set(name, value);
        }
        Ok(labels.build())
    }
}

/// Reads one text.
struct TextOf<'a>(&'a mut Interned);

impl<'de> DeserializeSeed<'de> for TextOf<'_> {
    type Value = Arc<str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Arc<str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for TextOf<'_> {
    type Value = Arc<str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Arc<str>, E> {
        Ok(self.0.text(text))
    }
}

/// Exemplars as lines of time, value and labels. JSON would have no way to write a value that is no number.
pub(crate) fn exemplars_to_text(exemplars: &[Exemplar]) -> String {
    let line = |one: &Exemplar| format!("{} {:?} {}\n", one.timestamp, one.value, labels_to_text(&one.labels));
    exemplars.iter().map(line).collect()
}

/// The exemplars in such lines.
pub(crate) fn exemplars_from_text(text: &[u8]) -> Result<Vec<Exemplar>, Unreadable> {
    let exemplar = |line: &str| {
        let mut parts = line.splitn(3, ' ');
        let timestamp = parts.next()?.parse().ok()?;
        let value = parts.next()?.parse().ok()?;
        let labels = labels_from_text(parts.next()?.as_bytes(), &mut Interned::default()).ok()?;
        Some(Exemplar { labels, value, timestamp })
    };
    let text = std::str::from_utf8(text).map_err(|_| Unreadable::Content)?;
    text.lines().map(|line| exemplar(line).ok_or(Unreadable::Content)).collect()
}

/// The metadata of a family as a JSON object.
pub(crate) fn metadata_to_text(name: &str, metadata: &Metadata) -> String {
    let Metadata { kind, help, unit } = metadata;
    let fields = [("name", name), ("type", kind.as_str()), ("help", help), ("unit", unit)];
    serde_json::to_string(&BTreeMap::from(fields)).unwrap_or_default()
}

/// The name and metadata in a JSON object.
pub(crate) fn metadata_from_text(text: &[u8]) -> Result<(String, Metadata), Unreadable> {
    let mut fields: HashMap<String, String> = serde_json::from_slice(text).map_err(|_| Unreadable::Content)?;
    let mut field = |name: &str| fields.remove(name).ok_or(Unreadable::Content);
    let kind = field("type")?.parse().unwrap_or_default();
    Ok((field("name")?, Metadata { kind, help: field("help")?, unit: field("unit")? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_sets_survive_and_share_their_texts() {
        let sets = [("job", "a\"b\n"), ("job", "c"), ("ä\u{1}", "c")]
            .map(|(name, value)| Labels::from_pairs([(name, value), ("x", "c")]));
        let mut known = Interned::default();
        let mut read = |text: &str| labels_from_text(text.as_bytes(), &mut known);
        let found = sets.each_ref().map(|set| read(&labels_to_text(set)));
        assert_eq!(found, sets.map(Ok));
        assert_eq!(known.0.len(), 5);
        for bad in ["", "[]", r#"{"a":1}"#, r#"{"a":"1"} x"#, r#"{"a":"#] {
            assert_eq!(labels_from_text(bad.as_bytes(), &mut Interned::default()), Err(Unreadable::Content), "{bad}");
        }
    }

    #[test]
    fn exemplars_with_any_value_and_any_label_survive() {
        let labels = Labels::from_pairs([("trace_id", "a b\n\"c"), ("ä", "1")]);
        let exemplar = |value| Exemplar { labels: labels.clone(), value, timestamp: -5 };
        let exemplars = [0.1, -0.0, 1e300, f64::INFINITY, f64::NEG_INFINITY].map(exemplar);
        assert_eq!(exemplars_from_text(exemplars_to_text(&exemplars).as_bytes()).expect("reads"), exemplars);
        let nan = exemplars_from_text(exemplars_to_text(&[exemplar(f64::NAN)]).as_bytes()).expect("reads");
        assert!(nan[0].value.is_nan());
        assert_eq!(exemplars_from_text(b"5 1.0"), Err(Unreadable::Content));
    }
}
