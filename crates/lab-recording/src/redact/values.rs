//! The values that were found, each with its number.

use std::collections::{BTreeSet, HashMap};

use aho_corasick::{AhoCorasick, MatchKind};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};

use crate::messages::metrics::Pair;

/// Shorter values are taken out by their key only: in texts they would stand everywhere.
const SHORTEST_IN_TEXTS: usize = 3;

/// The attributes that are taken out, and the values that they had.
#[derive(Debug)]
pub(crate) struct Values {
    names: BTreeSet<String>,
    numbers: HashMap<String, usize>,
}

/// Finds the values in texts.
#[derive(Debug)]
pub(crate) struct Finder {
    values: Option<AhoCorasick>,
    replacements: Vec<String>,
}

/// A name as a label may have it.
fn as_label(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

impl Values {
    /// None yet, of these attributes.
    pub(crate) fn of(names: &[String]) -> Self {
        Self { names: names.iter().map(|name| as_label(name)).collect(), numbers: HashMap::new() }
    }

    /// Whether a key names one of the attributes.
    pub(crate) fn are_of(&self, key: &str) -> bool {
        self.names.contains(&as_label(key))
    }

    /// What stands in place of a value.
    pub(crate) fn replacement(&mut self, value: &str) -> String {
        let next = self.numbers.len() + 1;
        let number = *self.numbers.entry(value.to_owned()).or_insert(next);
        format!("redacted-{number}")
    }

    /// Takes the values of labels.
    pub(crate) fn take_pairs(&mut self, pairs: &mut [Pair]) {
        for pair in pairs {
            if self.are_of(&pair.name) {
                pair.value = self.replacement(&pair.value);
            }
        }
    }

    /// Takes the values of attributes, those within maps included.
    pub(crate) fn take_attributes(&mut self, attributes: &mut [KeyValue]) {
        for attribute in attributes {
            let Some(AnyValue { value: Some(value) }) = &mut attribute.value else { continue };
            if self.are_of(&attribute.key) {
                let text = match value {
                    Value::StringValue(text) => text.clone(),
                    Value::IntValue(number) => number.to_string(),
                    Value::DoubleValue(number) => number.to_string(),
                    Value::BoolValue(is) => is.to_string(),
                    ref other => format!("{other:?}"),
                };
                *value = Value::StringValue(self.replacement(&text));
            } else if let Value::KvlistValue(map) = value {
                self.take_attributes(&mut map.values);
            }
        }
    }

    /// Looks for all of them from now on.
    pub(crate) fn finder(&self) -> Finder {
        let long = self.numbers.iter().filter(|(value, _)| value.chars().count() >= SHORTEST_IN_TEXTS);
        let (values, replacements): (Vec<&String>, Vec<String>) =
            long.map(|(value, number)| (value, format!("redacted-{number}"))).unzip();
        // The longest first, so that no value is replaced in part by another that begins it.
        let built = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(values);
        Finder { values: built.ok().filter(|_| !replacements.is_empty()), replacements }
    }
}

impl Finder {
    /// Takes every value out of a text.
    pub(crate) fn clean(&self, text: &mut String) {
        if let Some(values) = &self.values
            && values.is_match(text.as_str())
        {
            *text = values.replace_all(text, &self.replacements);
        }
    }
}
