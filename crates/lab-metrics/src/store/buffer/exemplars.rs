//! Exemplars of each series, dense of late and sparse long ago, and which of them are not on disk yet.

use std::collections::VecDeque;

use crate::model::exemplar::Exemplar;

/// Exemplars of a series, in order of time. Where there are too many, those go that stand closest together for their
/// age, so that the others cover the whole time that a graph may show.
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
                self.thin();
            }
        }
        news
    }

    /// Lets one go: the one whose neighbours have the least time between them, measured against its age. The oldest and
    /// the newest stay.
    fn thin(&mut self) {
        let newest = self.kept.back().map_or(0, |last| last.timestamp);
        let time = |at: usize| self.kept.get(at).map_or(newest, |one| one.timestamp);
        let crowded = |at: &usize| {
            let (gap, age) = (time(at + 1).saturating_sub(time(at - 1)), newest.saturating_sub(time(*at)));
            gap as f64 / (age as f64 + 1.0)
        };
        let inner = 1..self.kept.len().saturating_sub(1);
        let at = inner.min_by(|a, b| crowded(a).total_cmp(&crowded(b))).unwrap_or(0);
        if at >= self.kept.len() - self.pending {
            self.pending -= 1;
        }
        self.kept.remove(at);
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

#[cfg(test)]
mod tests {
    use lab_model::Labels;

    use super::*;

    fn at(timestamp: i64) -> Exemplar {
        Exemplar { labels: Labels::default(), value: 1.0, timestamp }
    }

    #[test]
    fn a_full_ring_covers_the_whole_time_and_is_densest_of_late() {
        let mut ring = ExemplarRing::default();
        let (step, count) = (5_000, 5_000);
        for number in 0..count {
            ring.push(at(number * step), 128);
        }
        let (end, minute) = ((count - 1) * step, 60_000);
        assert_eq!(ring.within(0, end).len(), 128);
        assert_eq!(ring.oldest(), Some(0));
        let within_last = |length: i64| ring.within(end - length, end).len();
        assert!(within_last(15 * minute) >= 40, "{}", within_last(15 * minute));
        for quarter in 1..20 {
            let from = end - (quarter + 1) * 15 * minute;
            assert!(
                !ring.within(from, from + 15 * minute).is_empty(),
                "nothing in the quarter of an hour number {quarter}"
            );
        }
    }

    #[test]
    fn what_goes_before_it_is_written_is_not_written() {
        let mut ring = ExemplarRing::default();
        for number in 0..10 {
            ring.push(at(number * 1000), 4);
        }
        let pending: Vec<i64> = ring.take_pending().iter().map(|one| one.timestamp).collect();
        assert_eq!(pending, ring.within(0, i64::MAX).iter().map(|one| one.timestamp).collect::<Vec<_>>());
        assert_eq!((pending.len(), pending[0], pending[3]), (4, 0, 9000));
        ring.push(at(10_000), 4);
        assert_eq!(ring.take_pending(), [at(10_000)]);
    }

    #[test]
    fn the_smallest_rings_keep_the_newest() {
        for most in [1, 2] {
            let mut ring = ExemplarRing::default();
            (0..5).for_each(|number| {
                ring.push(at(number), most);
            });
            assert_eq!(ring.take_pending().last(), Some(&at(4)));
        }
    }
}
