//! The evaluation of one rule: its query is evaluated, the result is stored, and series that the result no longer has
//! are marked as stale.

mod recording;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use lab_model::value::stale_nan;
use lab_model::{Labels, Sample};

use self::recording::record;
use crate::model::histogram_sample::HistogramSample;
use crate::promql::value::Point;
use crate::rules::alert::notice::{self, Notice};
use crate::rules::alert::restore;
use crate::rules::alert::state::{Alerts, Asked};
use crate::rules::defaults::Outside;
use crate::rules::file::RuleSpec;
use crate::rules::language::{Language, Prepared};
use crate::rules::moment::Moment;
use crate::rules::report::{Health, RuleReport};
use crate::store::MetricStore;
use crate::store::error::AppendError;

/// How the group of a rule wants it to be evaluated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How<'a> {
    /// The time that the query is asked for, in milliseconds since the epoch.
    pub(crate) at: i64,
    /// Most series or alerts that it may give; 0 = any number.
    pub(crate) limit: usize,
    /// What templates are told of the world outside.
    pub(crate) outside: &'a Outside,
    /// Whom queries in templates ask.
    pub(crate) language: &'a dyn Language,
    /// Where the rule stands, for messages.
    pub(crate) file: &'a Path,
    pub(crate) group: &'a str,
}

/// A rule and what is remembered of it.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) spec: RuleSpec,
    query: Box<dyn Prepared>,
    pub(crate) alerts: Alerts,
    /// The series of the last result; those that the next result lacks are marked as stale.
    given: BTreeSet<Labels>,
    /// True once alerts from before a restart were looked for.
    restored: bool,
    health: Health,
    last_error: String,
    last_at: Option<i64>,
    took: Duration,
}

impl Rule {
    /// A rule that was never evaluated.
    pub(crate) fn new(spec: RuleSpec, language: &dyn Language) -> Self {
        Self {
            query: language.prepare(&spec.query),
            spec,
            alerts: Alerts::default(),
            given: BTreeSet::new(),
            restored: false,
            health: Health::Unknown,
            last_error: String::new(),
            last_at: None,
            took: Duration::ZERO,
        }
    }

    /// Evaluates the query as of `how.at` and appends its result at that time too; true if all went well.
    pub(crate) fn evaluate(&mut self, store: &MetricStore, now: &Moment<'_>, how: &How<'_>) -> bool {
        let before = (now.elapsed)();
        let outcome = self.result(store, now, how).and_then(|points| self.append(store, points, how.at));
        self.took = (now.elapsed)().saturating_sub(before);
        self.last_at = Some(now.at);
        (self.health, self.last_error) = match outcome {
            Ok(()) => (Health::Ok, String::new()),
            Err(error) => (Health::Err, error),
        };
        if self.health == Health::Err {
            let (rule, group, file) = (&self.spec.name, how.group, how.file.display());
            tracing::warn!(%rule, group, %file, error = %self.last_error, "the evaluation of a rule failed");
        }
        self.health == Health::Ok
    }

    /// What Alertmanagers are to be told of its alerts at `at`.
    pub(crate) fn notices(&mut self, at: i64, interval_ms: i64, how: &How<'_>) -> Vec<Notice> {
        if self.spec.alert.is_none() || self.health != Health::Ok {
            return Vec::new();
        }
        let generator = format!("{}{}", how.outside.url.trim_end_matches('/'), how.language.link(&self.spec.query));
        self.alerts.all_mut().filter_map(|alert| notice::due(alert, at, interval_ms, &generator)).collect()
    }

    /// Marks every series that the rule has written as stale, because the rule is gone.
    pub(crate) fn end(&mut self, store: &MetricStore, at: i64) {
        for labels in std::mem::take(&mut self.given) {
            // A refusal is counted by the store.
            let _ = store.append(&labels, Sample { timestamp: at, value: stale_nan() });
        }
    }

    /// Takes over the state of the same rule of an earlier configuration.
    pub(crate) fn take_over(&mut self, earlier: Self) {
        let Self { spec, query, .. } = std::mem::replace(self, earlier);
        (self.spec, self.query) = (spec, query);
    }

    /// The state of the rule, for the API and the page.
    pub(crate) fn report(&self) -> RuleReport {
        RuleReport {
            spec: self.spec.clone(),
            alerts: self.alerts.active().cloned().collect(),
            health: self.health,
            last_error: self.last_error.clone(),
            last_evaluation: self.last_at,
            took: self.took,
        }
    }

    fn result(&mut self, store: &MetricStore, now: &Moment<'_>, how: &How<'_>) -> Result<Vec<Point>, String> {
        let How { at, limit, outside, language, .. } = *how;
        // What the rules before this one have computed is gone.
        now.grant.memory.shrink_to(0);
        let points = self.query.ask(at, now.grant)?;
        let Some(alert) = &self.spec.alert else { return record(&self.spec, points, limit) };
        let asked = Asked { language, grant: now.grant, outside };
        self.alerts.update(&self.spec.name, alert, points, at, limit, &asked)?;
        if !std::mem::replace(&mut self.restored, true) && !alert.hold.is_zero() {
            restore::active_since(&mut self.alerts, store, alert.hold, at, &now.grant.interrupt);
        }
        Ok(self.alerts.series(at).collect())
    }

    fn append(&mut self, store: &MetricStore, points: Vec<Point>, at: i64) -> Result<(), String> {
        let mut given = BTreeSet::new();
        let (mut refused, mut first) = (0, None);
        for Point { labels, sample, histogram } in points {
            let appended = match histogram {
                None => append(store, &labels, Sample { timestamp: at, value: sample.value }),
                Some(histogram) => store.series_ref(&labels).and_then(|series| {
                    store.append_histogram_to(&series, &HistogramSample { timestamp: at, histogram })
                }),
            };
            if let Err(error) = appended {
                refused += 1;
                first.get_or_insert(error);
            } else {
                given.insert(labels);
            }
        }
        for vanished in self.given.difference(&given) {
            let _ = append(store, vanished, Sample { timestamp: at, value: stale_nan() });
        }
        self.given = given;
        first.map_or(Ok(()), |error| Err(format!("the store refused {refused} samples; the first error: {error}")))
    }
}

/// Appends a sample of our own time, also after the clock has stepped back.
fn append(store: &MetricStore, labels: &Labels, sample: Sample) -> Result<(), AppendError> {
    match store.series_ref(labels) {
        Ok(series) => store.append_to(&series, sample),
        // There is no such series and none is made, which is counted there.
        Err(_) => store.append(labels, sample),
    }
}
