//! A file of rules as it is written in YAML, key by key; what it means is checked elsewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use lab_model::duration;
use lab_syntax::yaml;
use serde::{Deserialize, Deserializer};
use serde_yaml_ng::Value;

use crate::ingest::scrape::config::value::or_empty;

/// A place in the file and what is wrong there.
pub(super) type Problem = (String, String);

/// A whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "Group: Deserialize<'de>"))]
pub(super) struct FileText<Group> {
    #[serde(default, deserialize_with = "or_empty")]
    pub(super) groups: Vec<Group>,
}

/// A group, with its rules as far as they are read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "Rule: Deserialize<'de>"))]
pub(super) struct GroupText<Rule> {
    pub(super) name: String,
    #[serde(default, deserialize_with = "read_duration")]
    pub(super) interval: Option<Duration>,
    #[serde(default)]
    pub(super) limit: i64,
    #[serde(default, deserialize_with = "read_duration")]
    pub(super) query_offset: Option<Duration>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(super) labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(super) rules: Vec<Rule>,
}

/// A rule that records or alerts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleText {
    #[serde(default, deserialize_with = "or_empty")]
    pub(super) record: String,
    #[serde(default, deserialize_with = "or_empty")]
    pub(super) alert: String,
    #[serde(default, deserialize_with = "read_query")]
    pub(super) expr: String,
    #[serde(default, rename = "for", deserialize_with = "read_duration")]
    pub(super) hold: Option<Duration>,
    #[serde(default, deserialize_with = "read_duration")]
    pub(super) keep_firing_for: Option<Duration>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(super) labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub(super) annotations: BTreeMap<String, String>,
}

/// A group whose rules are there as far as they could be read.
pub(super) type Readable = GroupText<Result<RuleText, Problem>>;

/// What could be read, and what is wrong with the rest.
pub(super) type Read = (Vec<Readable>, Vec<Problem>);

/// Reads what can be read of a file in which something is unknown or of a wrong type, so that every mistake is named.
pub(super) fn part_by_part(text: &str) -> Result<Read, serde_yaml_ng::Error> {
    let file: FileText<Value> = yaml::read(text)?;
    let (mut groups, mut problems) = (Vec::new(), Vec::new());
    for (at, value) in file.groups.into_iter().enumerate() {
        match group_text(value) {
            Ok(group) => groups.push(group),
            Err((place, why)) if place.is_empty() => problems.push((format!("group {}: ", at + 1), why)),
            Err(problem) => problems.push(problem),
        }
    }
    Ok((groups, problems))
}

/// The same for the text of a single group.
pub(super) fn group_part_by_part(text: &str) -> Result<Read, serde_yaml_ng::Error> {
    Ok(match group_text(yaml::read(text)?) {
        Ok(group) => (vec![group], Vec::new()),
        Err(problem) => (Vec::new(), vec![problem]),
    })
}

/// The place of a problem is empty for a group without a name.
fn group_text(mut value: Value) -> Result<Readable, Problem> {
    for key in ["name", "labels"] {
        value.get_mut(key).into_iter().for_each(as_texts);
    }
    let named = value.get("name").and_then(Value::as_str).map(|name| format!("group {name:?}: "));
    let read = serde_yaml_ng::from_value::<GroupText<Value>>(value);
    read.map(|group| group.with_rules(rule_text)).map_err(|error| (named.unwrap_or_default(), error.to_string()))
}

fn rule_text((at, mut value): (usize, Value)) -> Result<RuleText, Problem> {
    as_texts(&mut value);
    let named = ["record", "alert"].iter().find_map(|key| value.get(key).and_then(Value::as_str));
    let place = place_of(at, named);
    serde_yaml_ng::from_value(value).map_err(|error| (place, error.to_string()))
}

/// Numbers and truth values as texts.
fn as_texts(value: &mut Value) {
    match value {
        Value::Mapping(mapping) => mapping.values_mut().for_each(as_texts),
        Value::Sequence(items) => items.iter_mut().for_each(as_texts),
        Value::Number(number) => *value = Value::String(number.to_string()),
        Value::Bool(is) => *value = Value::String(is.to_string()),
        Value::Null | Value::String(_) | Value::Tagged(_) => {}
    }
}

impl<Rule> GroupText<Rule> {
    /// The group with other rules, each made of one of its own and the place of that.
    pub(super) fn with_rules<Other>(self, read: impl Fn((usize, Rule)) -> Other) -> GroupText<Other> {
        let Self { name, interval, limit, query_offset, labels, rules } = self;
        GroupText {
            name,
            interval,
            limit,
            query_offset,
            labels,
            rules: rules.into_iter().enumerate().map(read).collect(),
        }
    }
}

/// Where a rule stands in its group.
pub(super) fn place_of(at: usize, name: Option<&str>) -> String {
    name.map_or_else(|| format!("rule {}: ", at + 1), |name| format!("rule {} ({name:?}): ", at + 1))
}

fn read_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    duration::parse(&text).map(Some).map_err(serde::de::Error::custom)
}

/// A query may be a bare number in YAML.
fn read_query<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null => Ok(String::new()),
        _ => Err(serde::de::Error::custom("expr must be a string or a number")),
    }
}
