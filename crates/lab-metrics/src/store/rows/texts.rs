//! The rows that people can read: labels, exemplars and metadata as text.

use std::collections::{BTreeMap, HashMap};

use lab_model::Labels;
use lab_storage::Unreadable;

use crate::model::exemplar::Exemplar;
use crate::model::metadata::Metadata;

/// A label set as a JSON object.
pub(crate) fn labels_to_text(labels: &Labels) -> String {
    serde_json::to_string(labels).unwrap_or_default()
}

/// The label set in a JSON object.
pub(crate) fn labels_from_text(text: &[u8]) -> Result<Labels, Unreadable> {
    let pairs: HashMap<String, String> = serde_json::from_slice(text).map_err(|_| Unreadable::Content)?;
    Ok(Labels::from_pairs(pairs))
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
        Some(Exemplar { timestamp, value, labels: labels_from_text(parts.next()?.as_bytes()).ok()? })
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
