//! The concurrency of many traces together: what an operation does several times, how often at the same time, and what
//! the traces spent their time on.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::trace::analysis::one::Concurrency;
use crate::trace::analysis::siblings::Operation;
use crate::trace::batch::Verdict;

/// What many traces prove together.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Many {
    /// How many traces were analysed.
    pub traces: usize,
    /// Their mean duration and the longest one, in nanoseconds.
    pub mean_duration_ns: u64,
    pub longest_duration_ns: u64,
    /// Operations that a parent does several times, those with the most time spent on waiting for siblings first.
    pub groups: Vec<OfGroup>,
    /// What the traces waited for, the longest first.
    pub critical_path: Vec<OfOperation>,
}

/// All groups of one operation below another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OfGroup {
    pub below: Operation,
    #[serde(flatten)]
    pub operation: Operation,
    /// How many groups there are, and spans in all of them.
    pub groups: usize,
    pub spans: usize,
    /// The parallelism of the groups: its mean, the least and the greatest.
    pub parallelism: f64,
    pub least_parallelism: f64,
    pub greatest_parallelism: f64,
    /// The most spans of a group under way at one moment.
    pub greatest: usize,
    /// Time spent on waiting for siblings, in nanoseconds.
    pub waited_ns: u64,
    /// How many groups ran at the same time, in part, or one after another. Of the others nothing can be told.
    pub concurrent: usize,
    pub mixed: usize,
    pub serial: usize,
    /// How many spans were cancelled.
    pub cancelled: usize,
}

/// What one operation has of the critical paths.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OfOperation {
    #[serde(flatten)]
    pub operation: Operation,
    /// On how many critical paths it is.
    pub traces: usize,
    /// How long the traces waited for its spans themselves, in nanoseconds.
    pub own_ns: u64,
    /// The same as a part of all that was waited for, from 0 to 1.
    pub share: f64,
}

impl Many {
    /// Sums the analyses of traces up.
    pub fn of(traces: &[Concurrency]) -> Self {
        let durations = || traces.iter().map(|trace| trace.duration_ns);
        let sum: u128 = durations().map(u128::from).sum();
        let mean = if traces.is_empty() { 0 } else { sum / traces.len() as u128 };
        Self {
            traces: traces.len(),
            mean_duration_ns: u64::try_from(mean).unwrap_or(u64::MAX),
            longest_duration_ns: durations().max().unwrap_or_default(),
            groups: groups(traces),
            critical_path: path(traces),
        }
    }
}

fn groups(traces: &[Concurrency]) -> Vec<OfGroup> {
    let mut found: BTreeMap<(&Operation, &Operation), OfGroup> = BTreeMap::new();
    for group in traces.iter().flat_map(|trace| &trace.groups) {
        let of = found.entry((&group.below, &group.operation)).or_insert_with(|| OfGroup {
            below: group.below.clone(),
            operation: group.operation.clone(),
            groups: 0,
            spans: 0,
            parallelism: 0.0,
            least_parallelism: f64::INFINITY,
            greatest_parallelism: 0.0,
            greatest: 0,
            waited_ns: 0,
            concurrent: 0,
            mixed: 0,
            serial: 0,
            cancelled: 0,
        });
        of.groups += 1;
        of.spans += group.overlap.count;
        // The mean so far, one further taken in.
        of.parallelism += (group.parallelism - of.parallelism) / of.groups as f64;
        of.least_parallelism = of.least_parallelism.min(group.parallelism);
        of.greatest_parallelism = of.greatest_parallelism.max(group.parallelism);
        of.greatest = of.greatest.max(group.overlap.greatest);
        of.waited_ns = of.waited_ns.saturating_add(group.overlap.waited_ns());
        of.cancelled += group.cancelled;
        match group.verdict {
            Some(Verdict::Concurrent) => of.concurrent += 1,
            Some(Verdict::Mixed) => of.mixed += 1,
            Some(Verdict::Serial) => of.serial += 1,
            None => {}
        }
    }
    let mut groups: Vec<OfGroup> = found.into_values().collect();
    groups.sort_by_key(|of| std::cmp::Reverse(of.waited_ns));
    groups
}

fn path(traces: &[Concurrency]) -> Vec<OfOperation> {
    let mut found: BTreeMap<&Operation, (usize, u64)> = BTreeMap::new();
    for trace in traces {
        let mut of_trace: BTreeMap<&Operation, u64> = BTreeMap::new();
        for span in &trace.critical_path {
            let own = of_trace.entry(&span.operation).or_default();
            *own = own.saturating_add(span.own_ns);
        }
        for (operation, own_ns) in of_trace {
            let (traces, sum) = found.entry(operation).or_default();
            *traces += 1;
            *sum = sum.saturating_add(own_ns);
        }
    }
    let total = found.values().map(|(_, own_ns)| *own_ns as f64).sum::<f64>();
    let share = |own_ns: u64| if total == 0.0 { 0.0 } else { own_ns as f64 / total };
    let one = |(operation, (traces, own_ns)): (&Operation, (usize, u64))| OfOperation {
        operation: operation.clone(),
        traces,
        own_ns,
        share: share(own_ns),
    };
    let mut operations: Vec<OfOperation> = found.into_iter().map(one).collect();
    operations.sort_by_key(|of| std::cmp::Reverse(of.own_ns));
    operations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::span::Span;
    use crate::trace::fake::{MS, batch, span};

    fn serial() -> Vec<Span> {
        let mut spans = batch();
        spans[6] = span("7", "3", "dice-roller", "async_roll", 997, 1997);
        spans
    }

    #[test]
    fn groups_of_many_traces_are_summed_up_by_what_they_do() {
        let traces = [Concurrency::of("1", &batch()), Concurrency::of("2", &batch()), Concurrency::of("3", &serial())];
        let many = Many::of(&traces);
        assert_eq!((many.traces, many.groups.len()), (3, 1));
        let rolls = &many.groups[0];
        assert_eq!((rolls.groups, rolls.spans, rolls.concurrent, rolls.serial), (3, 6, 2, 1));
        assert!(rolls.least_parallelism < 1.01 && rolls.greatest_parallelism > 1.4);
        let first = &many.critical_path[0];
        assert_eq!((&*first.operation.name, first.traces), ("async_roll", 3));
        assert!(first.own_ns > 2 * 987 * MS as u64);
        assert_eq!(Many::of(&[]), Many::default());
    }
}
