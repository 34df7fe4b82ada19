//! A file of rules as it is written in YAML, key by key; what it means is checked elsewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use lab_model::duration;
use lab_syntax::yaml;
use serde::{Deserialize, Deserializer};
use serde_yaml_ng::{Mapping, Value};

use crate::ingest::scrape::config::value::{or_empty, texts_by_name};

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
    #[serde(deserialize_with = "or_empty")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "read_duration")]
    pub(super) interval: Option<Duration>,
    #[serde(default, deserialize_with = "read_limit")]
    pub(super) limit: i64,
    #[serde(default, deserialize_with = "read_duration")]
    pub(super) query_offset: Option<Duration>,
    #[serde(default, deserialize_with = "texts_by_name")]
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
    #[serde(default, deserialize_with = "texts_by_name")]
    pub(super) labels: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "texts_by_name")]
    pub(super) annotations: BTreeMap<String, String>,
}

/// A group whose rules are there as far as they could be read.
pub(super) type Readable = GroupText<Result<RuleText, Problem>>;

/// What could be read, and what is wrong with the rest.
pub(super) type Read = (Vec<Readable>, Vec<Problem>);

/// Reads what can be read of a file in which something is unknown or of a wrong type, so that every mistake is named.
pub(super) fn part_by_part(text: &str) -> Result<Read, serde_yaml_ng::Error> {
    let file: FileText<Value> = yaml::read(text)?;
    let spelt = yaml::spelt(text)?;
    let spelt = spelt.get("groups").and_then(Value::as_sequence);
    let (mut groups, mut problems) = (Vec::new(), Vec::new());
    for (at, (value, spelt)) in file.groups.into_iter().zip(spelt.into_iter().flatten()).enumerate() {
        match group_text(value, spelt) {
            Ok(group) => groups.push(group),
            Err((place, why)) if place.is_empty() => problems.push((format!("group {}: ", at + 1), why)),
            Err(problem) => problems.push(problem),
        }
    }
    Ok((groups, problems))
}

/// The same for the text of a single group.
pub(super) fn group_part_by_part(text: &str) -> Result<Read, serde_yaml_ng::Error> {
    Ok(match group_text(yaml::read(text)?, &yaml::spelt(text)?) {
        Ok(group) => (vec![group], Vec::new()),
        Err(problem) => (Vec::new(), vec![problem]),
    })
}

/// A group and the texts in it as they are spelt. The place of a problem is empty for a group without a name.
fn group_text(mut value: Value, spelt: &Value) -> Result<Readable, Problem> {
    for key in ["name", "interval", "query_offset", "labels", "rules"] {
        if let (Some(value), Some(spelt)) = (value.get_mut(key), spelt.get(key)) {
            *value = respelt(std::mem::take(value), spelt);
        }
    }
    let named = value.get("name").and_then(Value::as_str).map(|name| format!("group {name:?}: "));
    let read = serde_yaml_ng::from_value::<GroupText<Value>>(value);
    read.map(|group| group.with_rules(rule_text)).map_err(|error| (named.unwrap_or_default(), error.to_string()))
}

fn rule_text((at, value): (usize, Value)) -> Result<RuleText, Problem> {
    let named = ["record", "alert"].iter().find_map(|key| value.get(key).and_then(Value::as_str));
    let place = place_of(at, named.filter(|name| !name.is_empty()));
    serde_yaml_ng::from_value(value).map_err(|error| (place, error.to_string()))
}

/// A value with the texts as they are spelt, but for keys without a value.
fn respelt(value: Value, spelt: &Value) -> Value {
    match (value, spelt) {
        (Value::Null, _) => Value::Null,
        (Value::Sequence(items), Value::Sequence(spelt)) => {
            Value::Sequence(items.into_iter().zip(spelt).map(|(item, spelt)| respelt(item, spelt)).collect())
        }
        (Value::Mapping(entries), Value::Mapping(spelt)) => {
            let both = entries.into_iter().zip(spelt);
            both.map(|((_, value), (name, spelt))| (name.clone(), respelt(value, spelt))).collect::<Mapping>().into()
        }
        (_, spelt) => spelt.clone(),
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

/// A whole number as Go reads one: what is behind the point does not count, and `_` may stand between digits.
fn read_limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let limit = match Value::deserialize(deserializer)? {
        Value::Null => Some(0),
        Value::Number(number) => {
            number.as_i64().or_else(|| number.as_f64().filter(|number| number.is_finite()).map(|number| number as i64))
        }
        Value::String(text) if text.contains('_') => text.replace('_', "").parse().ok(),
        _ => None,
    };
    limit.ok_or_else(|| serde::de::Error::custom("the limit must be a whole number"))
}

/// A query may be a bare number in YAML.
fn read_query<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.unwrap_or_default().trim().to_owned())
}
