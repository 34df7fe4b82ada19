//! The alerts of a rule: each series of the result of its query, and the states that it goes through.
//!
//! | state | until |
//! |---|---|
//! | pending | `for` has passed (firing), or the query gives it no more (forgotten) |
//! | firing | the query gives it no more and `keep_firing_for` has passed (resolved) |
//! | resolved | a quarter of an hour has passed, or the query gives it again (pending anew) |
//!
//! Pending and firing alerts stand in the series `ALERTS` (1) and `ALERTS_FOR_STATE` (seconds since the
//! epoch at which it became active).

use std::collections::BTreeMap;
use std::time::Duration;

use lab_model::labels::METRIC_NAME;
use lab_model::{Grant, Labels, Sample};

use crate::promql::value::Point;
use crate::rules::alert::names::{ALERT_NAME, ALERTS, ALERTS_FOR_STATE};
use crate::rules::defaults::Outside;
use crate::rules::file::AlertSpec;
use crate::rules::language::Language;
use crate::rules::template::scope::Scope;

/// How long a resolved alert is remembered.
const RESOLVED_FOR: i64 = 15 * 60 * 1000;

/// The state of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertState {
    /// It is not or no longer active.
    Inactive,
    /// Its `for` has not passed yet.
    Pending,
    Firing,
}

impl AlertState {
    /// As it stands in the label `alertstate` and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
        }
    }
}

/// An alert. All times are in milliseconds since the epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Its identity: the series' labels, the rule's, and `alertname`.
    pub labels: Labels,
    /// Texts for people.
    pub annotations: BTreeMap<String, String>,
    /// Where it stands.
    pub state: AlertState,
    /// The value that the query gave last.
    pub value: f64,
    /// Since when the query gives it.
    pub active_at: i64,
    /// Since when it fires although the query gives it no more.
    pub keep_firing_since: Option<i64>,
    /// Since when it is resolved.
    pub resolved_at: Option<i64>,
    /// Since when it fires, or fired.
    pub fired_at: Option<i64>,
    /// When an Alertmanager was told of it last.
    pub last_sent: Option<i64>,
}

/// The alerts of one rule.
#[derive(Debug, Default)]
pub(crate) struct Alerts {
    by_labels: BTreeMap<Labels, Alert>,
}

impl Alerts {
    /// Updates the alerts with the result of the query at `at`; at most `limit` of them may be active (0 = any number).
    pub(crate) fn update(
        &mut self,
        name: &str,
        spec: &AlertSpec,
        points: Vec<Point>,
        at: i64,
        limit: usize,
        asked: &Asked<'_>,
    ) -> Result<(), String> {
        let mut given = BTreeMap::new();
        for point in points {
            let (value, labels) = (point.sample.value, &point.labels);
            let scope =
                Scope { labels, value, at, language: asked.language, grant: asked.grant, outside: asked.outside };
            let alert = Alert {
                labels: alert_labels(name, spec, &scope),
                annotations: spec
                    .annotation_templates
                    .iter()
                    .map(|(name, template)| (name.clone(), template.expand(&scope)))
                    .collect(),
                state: AlertState::Pending,
                value,
                active_at: at,
                keep_firing_since: None,
                resolved_at: None,
                fired_at: None,
                last_sent: None,
            };
            if given.insert(alert.labels.clone(), alert).is_some() {
                return Err("vector contains metrics with the same labelset after applying alert labels".to_owned());
            }
        }
        let hold = millis(spec.hold);
        for (labels, alert) in &given {
            match self.by_labels.get_mut(labels) {
                Some(known) if known.state != AlertState::Inactive => {
                    known.value = alert.value;
                    known.annotations.clone_from(&alert.annotations);
                }
                _ => {
                    self.by_labels.insert(labels.clone(), alert.clone());
                }
            }
        }
        self.by_labels
            .retain(|labels, alert| alert.step(given.contains_key(labels), at, hold, millis(spec.keep_firing)));
        let active = self.active().count();
        if limit > 0 && active > limit {
            self.by_labels.clear();
            return Err(format!("exceeded limit of {limit} with {active} alerts"));
        }
        Ok(())
    }

    /// The alerts that are pending or firing.
    pub(crate) fn active(&self) -> impl Iterator<Item = &Alert> {
        self.by_labels.values().filter(|alert| alert.state != AlertState::Inactive)
    }

    /// The same, for the times that are known from before a restart.
    pub(crate) fn active_mut(&mut self) -> impl Iterator<Item = &mut Alert> {
        self.by_labels.values_mut().filter(|alert| alert.state != AlertState::Inactive)
    }

    /// All alerts, those that are resolved but still remembered among them.
    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = &mut Alert> {
        self.by_labels.values_mut()
    }

    /// The series `ALERTS` and `ALERTS_FOR_STATE` at `at`.
    pub(crate) fn series(&self, at: i64) -> impl Iterator<Item = Point> {
        self.active().flat_map(move |alert| {
            let mut state = alert.labels.to_builder();
            state.set(METRIC_NAME, ALERTS).set("alertstate", alert.state.as_str());
            let mut since = alert.labels.to_builder();
            since.set(METRIC_NAME, ALERTS_FOR_STATE);
            let seconds = alert.active_at.div_euclid(1000) as f64;
            [(state, 1.0), (since, seconds)]
                .map(|(labels, value)| Point::number(labels.build(), Sample { timestamp: at, value }))
        })
    }
}

/// What the templates query.
pub(crate) struct Asked<'a> {
    pub(crate) language: &'a dyn Language,
    pub(crate) grant: &'a Grant,
    pub(crate) outside: &'a Outside,
}

impl Alert {
    /// Moves the alert to its next state; false if it is to be forgotten.
    fn step(&mut self, is_given: bool, at: i64, hold: i64, keep_firing: i64) -> bool {
        if is_given {
            self.keep_firing_since = None;
            if self.state == AlertState::Pending && at - self.active_at >= hold {
                self.state = AlertState::Firing;
                self.fired_at = Some(at);
            }
            return true;
        }
        match self.state {
            AlertState::Pending => false,
            AlertState::Inactive => self.resolved_at.is_some_and(|resolved| at - resolved <= RESOLVED_FOR),
            AlertState::Firing => {
                let kept = keep_firing > 0 && at - *self.keep_firing_since.get_or_insert(at) < keep_firing;
                if !kept {
                    self.state = AlertState::Inactive;
                    self.resolved_at = Some(at);
                }
                true
            }
        }
    }
}

fn alert_labels(name: &str, spec: &AlertSpec, scope: &Scope<'_>) -> Labels {
    let mut labels = scope.labels.without_name().to_builder();
    for (name, template) in &spec.label_templates {
        labels.set(name.as_str(), template.expand(scope));
    }
    labels.set(ALERT_NAME, name);
    labels.build()
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
