//! The evaluation of a group: when it is due, and its rules one after another.

mod rule;

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use self::rule::{How, Rule};
use crate::rules::alert::notice::Notice;
use crate::rules::defaults::{Defaults, Outside};
use crate::rules::file::GroupSpec;
use crate::rules::language::Language;
use crate::rules::moment::Moment;
use crate::rules::report::{GroupCounts, GroupReport};
use crate::store::MetricStore;

/// A group and its state.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) file: PathBuf,
    name: String,
    interval: Duration,
    limit: usize,
    offset_ms: i64,
    outside: Arc<Outside>,
    language: Arc<dyn Language>,
    rules: Vec<Rule>,
    /// When it is due next.
    due: i64,
    last_at: Option<i64>,
    took: Duration,
    counts: GroupCounts,
}

impl Group {
    /// A group that is due at its next moment after `now`; groups are spread over their interval.
    pub(crate) fn new(
        file: PathBuf,
        spec: GroupSpec,
        language: Arc<dyn Language>,
        defaults: &Defaults,
        now: i64,
    ) -> Self {
        let interval = spec.interval.unwrap_or(defaults.interval).max(Duration::from_millis(1));
        let every = millis(interval);
        let mut hasher = DefaultHasher::new();
        (&file, &spec.name).hash(&mut hasher);
        let phase = (hasher.finish() % every.unsigned_abs()) as i64;
        Self {
            due: now - (now - phase).rem_euclid(every) + every,
            file,
            name: spec.name,
            interval,
            limit: spec.limit,
            offset_ms: millis(spec.query_offset.unwrap_or(defaults.query_offset)),
            outside: defaults.outside.clone(),
            rules: spec.rules.into_iter().map(|rule| Rule::new(rule, &*language)).collect(),
            language,
            last_at: None,
            took: Duration::ZERO,
            counts: GroupCounts::default(),
        }
    }

    /// When it is due, in milliseconds since the epoch.
    pub(crate) fn due(&self) -> i64 {
        self.due
    }

    /// Moments its rules as of the moment at which it was due last, at most `now.at`.
    /// Answers what Alertmanagers are to be told.
    pub(crate) fn evaluate(&mut self, store: &MetricStore, now: &Moment<'_>) -> Vec<Notice> {
        let mut notices = Vec::new();
        let every = millis(self.interval);
        let late = (now.at - self.due).max(0) / every;
        let at = self.due + late * every;
        self.counts.missed += late.unsigned_abs();
        self.due = at + every;
        let before = (now.elapsed)();
        for rule in &mut self.rules {
            let now = Moment { at, ..*now };
            let how = How {
                at: at - self.offset_ms,
                limit: self.limit,
                outside: &self.outside,
                language: &*self.language,
                file: &self.file,
                group: &self.name,
            };
            let good = rule.evaluate(store, &now, &how);
            self.counts.evaluations += 1;
            self.counts.failures += u64::from(!good);
            notices.extend(rule.notices(at, every, &how));
        }
        self.took = (now.elapsed)().saturating_sub(before);
        self.last_at = Some(at);
        notices
    }

    /// True if it is the same group of an earlier configuration.
    pub(crate) fn continues(&self, earlier: &Self) -> bool {
        self.file == earlier.file && self.name == earlier.name
    }

    /// Goes on where an earlier one stood; rules that are the same keep their alerts, others end.
    pub(crate) fn take_over(&mut self, mut earlier: Self, store: &MetricStore, at: i64) {
        if self.interval == earlier.interval {
            self.due = earlier.due;
        }
        (self.counts, self.last_at, self.took) = (earlier.counts, earlier.last_at, earlier.took);
        for rule in &mut self.rules {
            let is_same = |other: &Rule| other.spec.name == rule.spec.name && other.spec.labels == rule.spec.labels;
            if let Some(found) = earlier.rules.iter().position(is_same) {
                rule.take_over(earlier.rules.swap_remove(found));
            }
        }
        earlier.end(store, at);
    }

    /// Ends everything that its rules have given.
    pub(crate) fn end(&mut self, store: &MetricStore, at: i64) {
        for rule in &mut self.rules {
            rule.end(store, at);
        }
    }

    /// How it stands.
    pub(crate) fn report(&self) -> GroupReport {
        GroupReport {
            name: self.name.clone(),
            file: self.file.clone(),
            interval: self.interval,
            limit: self.limit,
            rules: self.rules.iter().map(Rule::report).collect(),
            last_evaluation: self.last_at,
            took: self.took,
            counts: self.counts,
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
