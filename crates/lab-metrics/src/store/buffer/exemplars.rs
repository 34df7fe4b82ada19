//! The newest exemplars of each series, and which of them are not on disk yet.

use std::collections::VecDeque;

use crate::model::exemplar::Exemplar;

/// The newest exemplars of a series, in order of time.
#[derive(Debug, Default)]
pub(crate) struct ExemplarRing {
    kept: VecDeque<Exemplar>,
    /// How many of the newest are not on disk yet.
    pending: usize,
}

impl ExemplarRing {
    /// Adds an exemplar; false if it is a repetition of, or older than, the newest one.
    pub(crate) fn push(&mut self, exemplar: Exemplar, max: usize) -> bool {
        let news = self.kept.back().is_none_or(|last| {
            exemplar.timestamp > last.timestamp
                || (exemplar.timestamp == last.timestamp
                    && (exemplar.value.to_bits() != last.value.to_bits() || exemplar.labels != last.labels))
        });
        if news && max > 0 {
            self.kept.push_back(exemplar);
            self.pending += 1;
            while self.kept.len() > max {
                self.kept.pop_front();
            }
            self.pending = self.pending.min(self.kept.len());
        }
        news
    }

    /// What is not on disk yet, oldest first; from now on it counts as written.
    pub(crate) fn take_pending(&mut self) -> Vec<Exemplar> {
        let written = self.kept.len() - self.pending;
        self.pending = 0;
        self.kept.range(written..).cloned().collect()
    }

    /// Says that the newest `count` did not reach the disk after all.
    pub(crate) fn put_back(&mut self, count: usize) {
        self.pending = (self.pending + count).min(self.kept.len());
    }

    /// Takes back what was read from disk, oldest first.
    pub(crate) fn restore(&mut self, exemplar: Exemplar, max: usize) {
        self.push(exemplar, max);
        self.pending = 0;
    }

    /// Those with `start <= timestamp <= end`.
    pub(crate) fn within(&self, start: i64, end: i64) -> Vec<Exemplar> {
        self.kept.iter().filter(|exemplar| (start..=end).contains(&exemplar.timestamp)).cloned().collect()
    }

    /// Forgets what is older than `cutoff`.
    pub(crate) fn expire(&mut self, cutoff: i64) {
        while self.kept.front().is_some_and(|oldest| oldest.timestamp < cutoff) {
            self.kept.pop_front();
        }
        self.pending = self.pending.min(self.kept.len());
    }

    /// Timestamp of the oldest one kept.
    pub(crate) fn oldest(&self) -> Option<i64> {
        self.kept.front().map(|exemplar| exemplar.timestamp)
    }
}
