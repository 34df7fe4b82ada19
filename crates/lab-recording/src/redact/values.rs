//! The values that were found, each with its number.

use std::collections::{BTreeSet, HashMap};

use aho_corasick::{AhoCorasick, BuildError, Input, MatchKind};
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
    values: AhoCorasick,
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
    pub(crate) fn finder(&self) -> Result<Finder, BuildError> {
        let (mut forms, mut replacements) = (Vec::new(), Vec::new());
        for (value, number) in self.numbers.iter().filter(|(value, _)| value.chars().count() >= SHORTEST_IN_TEXTS) {
            for form in forms_of(value) {
                forms.push(form);
                replacements.push(format!("redacted-{number}"));
            }
        }
        // The longest first, so that no value is replaced in part by another that begins it.
        let values = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(forms)?;
        Ok(Finder { values, replacements })
    }
}

/// A value as it is, and as texts within quotes have it: with escapes, without and with those of letters beyond ASCII.
fn forms_of(value: &str) -> BTreeSet<String> {
    let quoted = serde_json::Value::from(value).to_string();
    let escaped = &quoted[1..quoted.len() - 1];
    let ascii = |hex: fn(u16) -> String| -> String {
        let mut units = [0; 2];
        let mut form = String::with_capacity(escaped.len());
        for c in escaped.chars() {
            if c.is_ascii() {
                form.push(c);
            } else {
                form.extend(c.encode_utf16(&mut units).iter().map(|unit| hex(*unit)));
            }
        }
        form
    };
    let lower = ascii(|unit| format!("\\u{unit:04x}"));
    let upper = ascii(|unit| format!("\\u{unit:04X}"));
    [value.to_owned(), escaped.to_owned(), lower, upper].into()
}

impl Finder {
    /// Takes every value out of a text.
    pub(crate) fn clean(&self, text: &mut String) {
        if self.values.is_match(text.as_str()) {
            *text = self.values.replace_all(text, &self.replacements);
        }
    }

    /// Takes every value out of a text but numbers, `true` and `false`, which mean something in it.
    pub(crate) fn clean_words(&self, text: &mut String) {
        let mut cleaned = String::with_capacity(text.len());
        self.values.replace_all_with(text, &mut cleaned, |found, value, cleaned| {
            let stays = value.parse::<f64>().is_ok() || value.parse::<bool>().is_ok();
            cleaned.push_str(if stays { value } else { &self.replacements[found.pattern().as_usize()] });
            true
        });
        *text = cleaned;
    }

    /// What stands in place of a text that is a value as a whole.
    pub(crate) fn whole(&self, text: &str) -> Option<&str> {
        let found = self.values.find(Input::new(text)).filter(|found| found.len() == text.len())?;
        self.replacements.get(found.pattern().as_usize()).map(String::as_str)
    }

    /// Whether a value may be in a text, perhaps written with escapes.
    pub(crate) fn may_be_in(&self, text: &str) -> bool {
        text.contains('\\') || self.values.is_match(text)
    }
}
