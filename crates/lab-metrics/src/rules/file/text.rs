//! A group and a rule as they are written in YAML, key by key; what they mean is checked elsewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use lab_model::duration;
use serde::{Deserialize, Deserializer};
use serde_yaml_ng::Value;

/// A group; its rules are read one by one, so that what is wrong is told of all of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupText {
    pub(super) name: String,
    #[serde(default, deserialize_with = "read")]
    pub(super) interval: Option<Duration>,
    #[serde(default, deserialize_with = "read")]
    pub(super) query_offset: Option<Duration>,
    #[serde(default)]
    pub(super) limit: usize,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) rules: Vec<Value>,
}

/// A rule that records or alerts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleText {
    #[serde(default)]
    pub(super) record: String,
    #[serde(default)]
    pub(super) alert: String,
    #[serde(default, deserialize_with = "read_query")]
    pub(super) expr: String,
    #[serde(default, rename = "for", deserialize_with = "read")]
    pub(super) hold: Option<Duration>,
    #[serde(default, deserialize_with = "read")]
    pub(super) keep_firing_for: Option<Duration>,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) annotations: BTreeMap<String, String>,
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    duration::parse(&text).map(Some).map_err(serde::de::Error::custom)
}

/// A query may be a bare number in YAML.
fn read_query<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(serde::de::Error::custom("expr must be a string or a number")),
    }
}
