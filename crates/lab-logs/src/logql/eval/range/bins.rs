//! The values of a window: accumulated in bins, merged while the window slides.
//!
//! Every value belongs to a run of steps, those whose windows hold it. Values of the same run are one bin, so
//! memory depends on steps and not on lines. As the steps go on, bins enter at one end and leave at the other;
//! two stacks of merged bins give each step its total without adding everything anew.

use std::collections::BTreeMap;

use crate::logql::functions::range::totals::Totals;

/// The bins of one series, by the steps they belong to.
#[derive(Debug, Default)]
pub(crate) struct Bins {
    bins: BTreeMap<(usize, usize), Bin>,
}

#[derive(Debug, Default)]
struct Bin {
    totals: Totals,
    /// Every value with its time, where a function needs them.
    values: Vec<(i64, f64)>,
}

impl Bins {
    /// Adds a value, or what is known of several; returns the bytes that it takes. Only a single value can be kept.
    pub(crate) fn add(&mut self, steps: (usize, usize), totals: &Totals, keep_values: bool) -> usize {
        let before = self.bins.len();
        let bin = self.bins.entry(steps).or_default();
        bin.totals.merge(totals);
        if keep_values {
            bin.values.push(totals.first);
        }
        usize::from(keep_values) * size_of::<(i64, f64)>()
            + if self.bins.len() > before { size_of::<Bin>() + 32 } else { 0 }
    }

    /// The totals of each step's window, where there is any value.
    pub(crate) fn slide(&self, count: usize) -> Vec<Option<Totals>> {
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

    /// The values of a step's window with their times, in no order.
    pub(crate) fn values(&self, step: usize) -> Vec<(i64, f64)> {
        let held = self.bins.iter().filter(|((from, to), _)| (*from..=*to).contains(&step));
        held.flat_map(|(_, bin)| bin.values.iter().copied()).collect()
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
    use crate::logql::eval::range::windows::Windows;
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
                    bins.add(steps, &Totals::of(*time, *time as f64), false);
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
}
