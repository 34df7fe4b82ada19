//! The values of a window: accumulated in bins, merged while the window slides.
//!
//! Every value belongs to a run of steps, those whose windows hold it. Values of the same run are one bin, so
//! memory depends on steps and not on lines. As the steps go on, bins enter at one end and leave at the other;
//! two stacks of merged bins give each step its total without adding everything anew.

use std::collections::BTreeMap;

/// The steps of a query and the window before each: `(t − range, t]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Windows {
    /// Time (ns) of the first step, offset included.
    pub(super) first: i64,
    /// Nanoseconds between steps.
    pub(super) step: i64,
    /// How many steps there are.
    pub(super) count: usize,
    /// Nanoseconds of the window.
    pub(super) range: i64,
}

impl Windows {
    /// The first and the last step whose windows hold `time`; none if there is no such step.
    pub(super) fn steps_of(&self, time: i64) -> Option<(usize, usize)> {
        let since = time.saturating_sub(self.first);
        let from = if since <= 0 { 0 } else { since.div_euclid(self.step) + i64::from(since % self.step != 0) };
        // The last step before `time + range`.
        let until = since.saturating_add(self.range).saturating_sub(1);
        if until < 0 {
            return None;
        }
        let to = until.div_euclid(self.step).min(self.count as i64 - 1);
        (from <= to).then_some((from as usize, to as usize))
    }

    /// The times (ns, both included) that any window holds.
    pub(super) fn bounds(&self) -> (i64, i64) {
        let last = self.first.saturating_add(self.step.saturating_mul(self.count as i64 - 1));
        (self.first.saturating_sub(self.range).saturating_add(1), last)
    }
}

/// What is known of some values; any function over a window can be read from it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Totals {
    pub(super) count: f64,
    pub(super) sum: f64,
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) first: (i64, f64),
    pub(super) last: (i64, f64),
    mean: f64,
    /// Sum of squared distances from the mean.
    squares: f64,
}

impl Totals {
    fn of(time: i64, value: f64) -> Self {
        let point = (time, value);
        Self { count: 1.0, sum: value, min: value, max: value, first: point, last: point, mean: value, squares: 0.0 }
    }

    pub(super) fn add(&mut self, time: i64, value: f64) {
        self.merge(&Self::of(time, value));
    }

    /// Adds what is known of others (mean and squares by Chan's formula).
    fn merge(&mut self, other: &Self) {
        if other.count == 0.0 {
            return;
        }
        if self.count == 0.0 {
            self.clone_from(other);
            return;
        }
        let count = self.count + other.count;
        let distance = other.mean - self.mean;
        self.mean += distance * other.count / count;
        self.squares += other.squares + distance * distance * self.count * other.count / count;
        self.count = count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        if other.first.0 < self.first.0 {
            self.first = other.first;
        }
        if other.last.0 >= self.last.0 {
            self.last = other.last;
        }
    }

    /// Population variance.
    pub(super) fn variance(&self) -> f64 {
        self.squares / self.count
    }
}

/// The bins of one series, by the steps they belong to.
#[derive(Debug, Default)]
pub(super) struct Bins {
    bins: BTreeMap<(usize, usize), Bin>,
}

#[derive(Debug, Default)]
struct Bin {
    totals: Totals,
    /// Every value, where quantiles are asked for.
    values: Vec<f64>,
}

impl Bins {
    /// Adds a value; returns the bytes that it takes.
    pub(super) fn add(&mut self, steps: (usize, usize), time: i64, value: f64, keep_values: bool) -> usize {
        let before = self.bins.len();
        let bin = self.bins.entry(steps).or_default();
        bin.totals.add(time, value);
        if keep_values {
            bin.values.push(value);
        }
        usize::from(keep_values) * 8 + if self.bins.len() > before { size_of::<Bin>() + 32 } else { 0 }
    }

    /// The totals of each step's window, where there is any value.
    pub(super) fn slide(&self, count: usize) -> Vec<Option<Totals>> {
        let bins: Vec<_> = self.bins.iter().collect();
        let mut queue = Sliding::default();
        let mut entering = bins.iter().peekable();
        (0..count)
            .map(|step| {
                while let Some(((_, to), bin)) = entering.next_if(|((from, _), _)| *from <= step) {
                    queue.push(*to, &bin.totals);
                }
                queue.leave(step);
                queue.total()
            })
            .collect()
    }

    /// The sorted values of each step's window.
    pub(super) fn sorted_values(&self, step: usize) -> Vec<f64> {
        let held = self.bins.iter().filter(|((from, to), _)| (*from..=*to).contains(&step));
        let mut values: Vec<f64> = held.flat_map(|(_, bin)| bin.values.iter().copied()).collect();
        values.sort_by(f64::total_cmp);
        values
    }
}

/// A queue of totals that knows the sum of all: bins enter on one stack and leave from the other, each with
/// the total of everything below it.
#[derive(Debug, Default)]
struct Sliding {
    /// Last step, and total of this and all that leave after it in this stack; the next to leave on top.
    leaving: Vec<(usize, Totals)>,
    /// Last step and totals of each, in order of arrival.
    entered: Vec<(usize, Totals)>,
    entered_total: Totals,
}

impl Sliding {
    fn push(&mut self, to: usize, totals: &Totals) {
        self.entered.push((to, totals.clone()));
        self.entered_total.merge(totals);
    }

    /// Takes out what does not reach `step` any more.
    fn leave(&mut self, step: usize) {
        loop {
            if self.leaving.is_empty() {
                let mut total = Totals::default();
                while let Some((to, mut totals)) = self.entered.pop() {
                    totals.merge(&total);
                    total.clone_from(&totals);
                    self.leaving.push((to, totals));
                }
                self.entered_total = Totals::default();
            }
            match self.leaving.last() {
                Some((to, _)) if *to < step => drop(self.leaving.pop()),
                _ => return,
            }
        }
    }

    fn total(&self) -> Option<Totals> {
        let mut total = self.leaving.last().map(|(_, totals)| totals.clone()).unwrap_or_default();
        total.merge(&self.entered_total);
        (total.count > 0.0).then_some(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sliding_says_the_same_as_adding_anew(
            times in proptest::collection::vec(0_i64..100, 0..40), step in 1_i64..20, range in 1_i64..50
        ) {
            let windows = Windows { first: 20, step, count: 8, range };
            let mut bins = Bins::default();
            for time in &times {
                if let Some(steps) = windows.steps_of(*time) {
                    bins.add(steps, *time, *time as f64, false);
                }
            }
            for (at, totals) in bins.slide(8).into_iter().enumerate() {
                let end = 20 + step * at as i64;
                let held: Vec<i64> = times.iter().copied().filter(|time| *time > end - range && *time <= end).collect();
                let totals = totals.unwrap_or_default();
                prop_assert_eq!(totals.count, held.len() as f64);
                prop_assert_eq!(totals.sum, held.iter().sum::<i64>() as f64);
                prop_assert_eq!(totals.last.0, held.iter().max().copied().unwrap_or(0));
                prop_assert_eq!(totals.min, held.iter().min().copied().unwrap_or(0) as f64);
            }
        }
    }

    #[test]
    fn variance_does_not_depend_on_the_bins() {
        let mut left = Totals::of(0, 2.0);
        left.add(1, 4.0);
        let mut right = Totals::of(2, 4.0);
        right.add(3, 6.0);
        left.merge(&right);
        assert_eq!((left.variance(), left.first.1, left.last.1), (2.0, 2.0, 6.0));
    }
}
