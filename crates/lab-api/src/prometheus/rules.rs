//! `rules`, `alerts`: what is evaluated, and what it says.

pub mod notices;

use axum::extract::State;
use chrono::{DateTime, SecondsFormat};
use lab_metrics::rules::alert::state::Alert;
use lab_metrics::rules::report::{GroupReport, RuleReport};
use lab_model::Labels;
use serde_json::{Value, json};

use crate::params::Params;
use crate::prometheus::answer::envelope::{Answer, success};
use crate::prometheus::error::PrometheusError;
use crate::prometheus::params::{boolean, selectors};
use crate::prometheus::state::PrometheusState;

/// `/api/v1/rules`: groups with their rules; `type` (alert, record), `rule_name[]`, `rule_group[]`, `file[]`,
/// `match[]`, `exclude_alerts`, `group_limit`, `group_next_token`.
pub(crate) async fn rules(State(state): State<PrometheusState>, params: Params) -> Answer {
    let groups = state.ruler.as_ref().map(|ruler| ruler.report()).unwrap_or_default();
    success(&listing(groups, &params)?)
}

/// The groups that these parameters ask for.
pub(crate) fn listing(mut groups: Vec<GroupReport>, params: &Params) -> Result<Value, PrometheusError> {
    let filter = Filter::read(params)?;
    groups.sort_by(|a, b| (&a.file, &a.name).cmp(&(&b.file, &b.name)));
    let page = Page::read(params, &groups)?;
    let mut entries = Vec::new();
    for group in groups.iter().skip(page.first).filter(|group| filter.takes_group(group)) {
        let rules: Vec<_> =
            group.rules.iter().filter(|rule| filter.takes(rule)).map(|rule| filter.entry(rule)).collect();
        if !rules.is_empty() {
            entries.push((group, group_entry(group, rules)));
        }
    }
    let next = entries.get(page.limit).map(|(group, _)| token(group));
    entries.truncate(page.limit);
    let groups: Vec<_> = entries.into_iter().map(|(_, entry)| entry).collect();
    Ok(match next {
        Some(token) => json!({"groups": groups, "groupNextToken": token}),
        None => json!({"groups": groups}),
    })
}

/// `/api/v1/alerts`: every pending and firing alert.
pub(crate) async fn alerts(State(state): State<PrometheusState>) -> Answer {
    let groups = state.ruler.as_ref().map(|ruler| ruler.report()).unwrap_or_default();
    success(&active(&groups))
}

/// The pending and firing alerts of these groups.
pub(crate) fn active(groups: &[GroupReport]) -> Value {
    let rules = groups.iter().flat_map(|group| &group.rules);
    let alerts: Vec<_> = rules.flat_map(|rule| &rule.alerts).map(alert_entry).collect();
    json!({"alerts": alerts})
}

/// Which rules are wanted.
struct Filter {
    alerts: Option<bool>,
    names: Vec<String>,
    groups: Vec<String>,
    files: Vec<String>,
    matchers: Vec<Vec<lab_model::Matcher>>,
    without_alerts: bool,
}

impl Filter {
    fn read(params: &Params) -> Result<Self, PrometheusError> {
        let all = |name| params.all(name).map(ToOwned::to_owned).collect();
        let alerts = match params.get("type").map(str::to_lowercase).as_deref() {
            None => None,
            Some("alert") => Some(true),
            Some("record") => Some(false),
            Some(other) => return Err(PrometheusError::parameter("type", format!("not supported value {other:?}"))),
        };
        let without_alerts = match params.get("exclude_alerts").map(str::to_lowercase) {
            None => false,
            Some(text) => boolean(&text).ok_or_else(|| {
                let reason = format!("strconv.ParseBool: parsing {text:?}: invalid syntax");
                PrometheusError::parameter("exclude_alerts", format!("error converting exclude_alerts: {reason}"))
            })?,
        };
        Ok(Self {
            alerts,
            names: all("rule_name[]"),
            groups: all("rule_group[]"),
            files: all("file[]"),
            matchers: selectors(params)?,
            without_alerts,
        })
    }

    fn takes_group(&self, group: &GroupReport) -> bool {
        let file = group.file.display().to_string();
        one_of(&self.groups, &group.name) && one_of(&self.files, &file)
    }

    fn takes(&self, rule: &RuleReport) -> bool {
        let labels: Labels = rule.spec.written_labels();
        self.alerts.is_none_or(|alerts| alerts == rule.spec.alert.is_some())
            && one_of(&self.names, &rule.spec.name)
            && (self.matchers.is_empty()
                || self.matchers.iter().any(|set| set.iter().all(|matcher| matcher.matches_labels(&labels))))
    }

    fn entry(&self, rule: &RuleReport) -> Value {
        let spec = &rule.spec;
        let mut entry = json!({
            "name": spec.name, "query": spec.query, "labels": spec.labels, "health": rule.health.as_str(),
            "evaluationTime": rule.took.as_secs_f64(), "lastEvaluation": time(rule.last_evaluation),
        });
        if !rule.last_error.is_empty() {
            entry["lastError"] = json!(rule.last_error);
        }
        let Some(alert) = &spec.alert else {
            entry["type"] = json!("recording");
            return entry;
        };
        let state = if rule.last_evaluation.is_some() { rule.state().as_str() } else { "unknown" };
        let alerts: Vec<_> = rule.alerts.iter().map(alert_entry).collect();
        for (name, value) in [
            ("state", json!(state)),
            ("duration", json!(alert.hold.as_secs_f64())),
            ("keepFiringFor", json!(alert.keep_firing.as_secs_f64())),
            ("annotations", json!(alert.annotations)),
            ("alerts", if self.without_alerts { Value::Null } else { json!(alerts) }),
            ("type", json!("alerting")),
        ] {
            entry[name] = value;
        }
        entry
    }
}

/// A part of the groups.
struct Page {
    first: usize,
    limit: usize,
}

impl Page {
    fn read(params: &Params, groups: &[GroupReport]) -> Result<Self, PrometheusError> {
        let refuse = |reason: String| Err(PrometheusError::parameter("group_limit", reason));
        let limit = match params.get("group_limit").map(|text| (text, text.parse::<i64>())) {
            None => None,
            Some((_, Ok(limit))) if limit > 0 => Some(usize::try_from(limit).unwrap_or(usize::MAX)),
            Some((_, Ok(_))) => return refuse("group_limit needs to be greater than 0".to_owned()),
            Some((text, Err(_))) => {
                let reason = format!("strconv.ParseInt: parsing {text:?}: invalid syntax");
                return refuse(format!("group_limit needs to be a valid number: {reason}"));
            }
        };
        let first = match (params.get("group_next_token"), limit) {
            (None, _) => 0,
            (Some(_), None) => {
                let reason = "group_limit needs to be present in order to paginate over the groups";
                return Err(PrometheusError::parameter("group_next_token", reason));
            }
            (Some(wanted), Some(_)) => groups.iter().position(|group| token(group) == wanted).ok_or_else(|| {
                let reason = format!("invalid group_next_token '{wanted}'. were rule groups changed?");
                PrometheusError::parameter("group_next_token", reason)
            })?,
        };
        Ok(Self { first, limit: limit.unwrap_or(usize::MAX) })
    }
}

fn token(group: &GroupReport) -> String {
    format!("{};{}", group.file.display(), group.name)
}

fn one_of(wanted: &[String], name: &str) -> bool {
    wanted.is_empty() || wanted.iter().any(|one| one == name)
}

fn group_entry(group: &GroupReport, rules: Vec<Value>) -> Value {
    json!({
        "name": group.name, "file": group.file, "rules": rules,
        "interval": group.interval.as_secs_f64(), "limit": group.limit,
        "evaluationTime": group.took.as_secs_f64(), "lastEvaluation": time(group.last_evaluation),
    })
}

fn alert_entry(alert: &Alert) -> Value {
    let mut entry = json!({
        "labels": alert.labels, "annotations": alert.annotations, "state": alert.state.as_str(),
        "activeAt": time(Some(alert.active_at)), "value": scientific(alert.value),
    });
    if let Some(since) = alert.keep_firing_since {
        entry["keepFiringSince"] = json!(time(Some(since)));
    }
    entry
}

/// `1e+00`, as Go writes it.
fn scientific(value: f64) -> String {
    if !value.is_finite() {
        return lab_model::format_float(value);
    }
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

/// RFC 3339; Go's zero time, which clients know as "never", if there is none.
fn time(ms: Option<i64>) -> String {
    ms.and_then(DateTime::from_timestamp_millis)
        .map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_go_writes_them() {
        assert_eq!(
            [0.0, 1.0, 0.00123, 1.5e21, f64::INFINITY].map(scientific),
            ["0e+00", "1e+00", "1.23e-03", "1.5e+21", "+Inf"]
        );
        assert_eq!(time(None), "0001-01-01T00:00:00Z");
    }
}
