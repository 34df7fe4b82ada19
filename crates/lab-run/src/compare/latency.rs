//! How long operations take, and how long they hold up the request that they belong to.

use std::collections::BTreeMap;

use lab_verify::trace::critical::critical_path;
use lab_verify::trace::tree::Tree;

use crate::compare::change::{Change, Kind};
use crate::compare::shape::operation;
use crate::compare::side::Side;
use crate::compare::statistics::bootstrap::{self, Statistic};
use crate::compare::statistics::deviates::Sureness;
use crate::compare::statistics::waiting::Waiting;

/// What is compared of each.
pub(crate) const STATISTICS: [(&str, Statistic); 3] =
    [("mean", Statistic::Mean), ("p50", Statistic::Quantile(0.5)), ("p95", Statistic::Quantile(0.95))];

/// Durations of both runs in seconds, in the order of time.
#[derive(Debug, Default)]
pub(crate) struct Durations {
    /// `latency of shop checkout`
    what: String,
    before: Vec<f64>,
    after: Vec<f64>,
}

impl Durations {
    /// Whether both runs have enough of them.
    pub(crate) fn is_enough(&self) -> bool {
        bootstrap::is_enough(self.before.len()) && bootstrap::is_enough(self.after.len())
    }
}

/// Every operation that both runs have.
pub(crate) fn gather(before: &Side, after: &Side) -> Vec<Durations> {
    let (mut before, mut after) = (of_side(before), of_side(after));
    let both: Vec<String> = before.keys().filter(|what| after.contains_key(*what)).cloned().collect();
    let durations = both.into_iter().map(|what| Durations {
        before: before.remove(&what).unwrap_or_default(),
        after: after.remove(&what).unwrap_or_default(),
        what,
    });
    durations.collect()
}

/// Every duration of a run, by what it is the duration of.
pub(crate) fn of_side(side: &Side) -> BTreeMap<String, Vec<f64>> {
    let mut all: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for spans in &side.traces {
        let tree = Tree::new(spans);
        let (on_path, children) = (critical_path(&tree), tree.children());
        for (at, row) in tree.rows.iter().enumerate() {
            let (operation, seconds) = (operation(row.span), row.span.seconds().max(0.0));
            if on_path[at] {
                let below: f64 = children[at]
                    .iter()
                    .filter(|child| on_path[**child])
                    .map(|child| tree.rows[*child].span.seconds())
                    .sum();
                let own = (seconds - below).max(0.0);
                all.entry(format!("critical path in {operation}")).or_default().push(own);
            }
            all.entry(format!("latency of {operation}")).or_default().push(seconds);
        }
    }
    all
}

/// What takes longer or shorter, beyond what waiting for a processor may have done. On another machine that says nothing about
/// the program.
pub(crate) fn changes(all: &[Durations], sure: Sureness, waiting: &Waiting, same_machine: bool) -> Vec<Change> {
    let mut changes = Vec::new();
    for durations in all {
        for (name, statistic) in STATISTICS.into_iter().filter(|(_, statistic)| waiting.lets_compare(*statistic)) {
            let effect = bootstrap::effect(statistic, &durations.before, &durations.after, sure);
            let Some(effect) = effect.filter(|effect| !waiting.explains(effect)) else { continue };
            let (before, after) = (milliseconds(effect.values.0), milliseconds(effect.values.1));
            changes.push(Change {
                effect: Some(effect.size),
                interval: Some(effect.interval),
                fails: same_machine && effect.size > 0.0,
                ..Change::of(Kind::Latency, format!("{} ({name})", durations.what), before, after)
            });
        }
    }
    changes
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.3} ms", seconds * 1000.0)
}
