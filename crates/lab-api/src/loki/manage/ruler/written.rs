//! Groups of rules as YAML, as Loki's API for rules lists them.

use std::collections::BTreeMap;
use std::time::Duration;

use lab_metrics::rules::file::{GroupSpec, RuleSpec};
use lab_model::duration;
use serde::Serialize;

#[derive(Serialize)]
struct Group<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_offset: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<usize>,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
struct Rule<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<&'a str>,
    expr: &'a str,
    #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
    hold: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_firing_for: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<&'a BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<&'a BTreeMap<String, String>>,
}

/// One group. The labels of the group stand with its rules.
pub(crate) fn group(spec: &GroupSpec) -> Result<String, serde_yaml_ng::Error> {
    serde_yaml_ng::to_string(&group_of(spec))
}

/// Groups by the name of what they stand in.
pub(crate) fn groups(by_name: &BTreeMap<String, Vec<GroupSpec>>) -> Result<String, serde_yaml_ng::Error> {
    let named = by_name.iter().map(|(name, groups)| (name, groups.iter().map(group_of).collect::<Vec<_>>()));
    serde_yaml_ng::to_string(&named.collect::<BTreeMap<_, _>>())
}

fn group_of(spec: &GroupSpec) -> Group<'_> {
    Group {
        name: &spec.name,
        interval: spec.interval.map(duration::format),
        query_offset: spec.query_offset.map(duration::format),
        limit: (spec.limit > 0).then_some(spec.limit),
        rules: spec.rules.iter().map(rule_of).collect(),
    }
}

fn rule_of(spec: &RuleSpec) -> Rule<'_> {
    let above_zero = |duration: Duration| (!duration.is_zero()).then(|| duration::format(duration));
    let unless_empty = |texts| Some(texts).filter(|texts: &&BTreeMap<String, String>| !texts.is_empty());
    let alert = spec.alert.as_ref();
    Rule {
        record: alert.is_none().then_some(&spec.name),
        alert: alert.is_some().then_some(&spec.name),
        expr: &spec.query,
        hold: alert.and_then(|alert| above_zero(alert.hold)),
        keep_firing_for: alert.and_then(|alert| above_zero(alert.keep_firing)),
        labels: unless_empty(&spec.labels),
        annotations: alert.and_then(|alert| unless_empty(&alert.annotations)),
    }
}
