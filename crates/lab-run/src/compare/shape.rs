//! Which operations there are, and how often one calls another.

use std::collections::{BTreeMap, BTreeSet};

use lab_verify::stack::span::Span;
use lab_verify::trace::tree::Tree;

use crate::compare::bootstrap::{Sureness, counts_differ};
use crate::compare::change::{Change, Kind};
use crate::compare::patterns::pattern;
use crate::compare::side::Side;

/// Seen this often on one side and never on the other, it is new or gone; more seldom it may be chance.
const SURELY_THERE: usize = 20;

/// How often an operation was seen, and below how many spans of its caller it could have been.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    calls: usize,
    callers: usize,
}

/// How often one operation calls another, in both runs.
#[derive(Debug)]
pub(crate) struct Calls {
    /// `shop checkout → cart load`
    what: String,
    before: Count,
    after: Count,
    /// Each caller calls it equally often, before and after.
    steady: (bool, bool),
}

/// What a span does: service and name, without the numbers and ids in it.
pub(crate) fn operation(span: &Span) -> String {
    format!("{} {}", span.service, pattern(&span.name))
}

/// Operations with the number of their spans.
fn operations(side: &Side) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for span in side.traces.iter().flatten() {
        *counts.entry(operation(span)).or_default() += 1;
    }
    counts
}

/// By caller and called: for each span of the caller, how many it called.
fn calls(side: &Side) -> BTreeMap<(String, String), (Count, bool)> {
    let mut callers: BTreeMap<String, usize> = BTreeMap::new();
    let mut found: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for spans in &side.traces {
        let tree = Tree::new(spans);
        for (row, children) in tree.rows.iter().zip(tree.children()) {
            let caller = operation(row.span);
            let mut called: BTreeMap<String, usize> = BTreeMap::new();
            for child in children {
                *called.entry(operation(tree.rows[child].span)).or_default() += 1;
            }
            for (operation, times) in called {
                found.entry((caller.clone(), operation)).or_default().push(times);
            }
            *callers.entry(caller).or_default() += 1;
        }
    }
    let count = |(pair, times): ((String, String), Vec<usize>)| {
        let callers = callers.get(&pair.0).copied().unwrap_or_default();
        let steady = times.len() == callers && times.iter().all(|one| *one == times[0]);
        (pair, (Count { calls: times.iter().sum(), callers }, steady))
    };
    found.into_iter().map(count).collect()
}

/// Every call whose caller both runs have.
pub(crate) fn gather(before: &Side, after: &Side) -> Vec<Calls> {
    let (callers_before, callers_after) = (operations(before), operations(after));
    let (calls_before, calls_after) = (calls(before), calls(after));
    let pairs: BTreeSet<&(String, String)> = calls_before.keys().chain(calls_after.keys()).collect();
    let both = pairs.into_iter().filter_map(|pair| {
        let none =
            |callers: &BTreeMap<String, usize>| Some((Count { calls: 0, callers: *callers.get(&pair.0)? }, true));
        let of_before = calls_before.get(pair).copied().or_else(|| none(&callers_before))?;
        let of_after = calls_after.get(pair).copied().or_else(|| none(&callers_after))?;
        let what = format!("{} → {}", pair.0, pair.1);
        Some(Calls { what, before: of_before.0, after: of_after.0, steady: (of_before.1, of_after.1) })
    });
    both.collect()
}

/// What is new, gone, or called more or less often.
pub(crate) fn changes(before: &Side, after: &Side, calls: &[Calls], sure: Sureness) -> Vec<Change> {
    let exactly = before.is_small() || after.is_small();
    let mut changes = new_and_gone(before, after, exactly);
    for one in calls {
        let rate = |count: Count| count.calls as f64 / count.callers.max(1) as f64;
        let (was, is) = (rate(one.before), rate(one.after));
        // Equally often below every caller, before and after, is no sample: any difference is one of the program.
        let is_certain = was != is
            && (exactly || (one.steady == (true, true) && one.before.callers.min(one.after.callers) >= SURELY_THERE));
        let counts = |count: Count| (count.calls as f64, count.callers as f64);
        let effect =
            if is_certain { Some(is / was - 1.0) } else { counts_differ(counts(one.before), counts(one.after), sure) };
        let Some(effect) = effect else { continue };
        let times = |rate: f64| format!("{} times", (rate * 1000.0).round() / 1000.0);
        changes.push(Change {
            effect: effect.is_finite().then_some(effect),
            ..Change::of(Kind::Shape, format!("calls {}", one.what), times(was), times(is))
        });
    }
    changes
}

fn new_and_gone(before: &Side, after: &Side, exactly: bool) -> Vec<Change> {
    let (was, is) = (operations(before), operations(after));
    let least = if exactly { 1 } else { SURELY_THERE };
    let of = |all: &BTreeMap<String, usize>, other: &BTreeMap<String, usize>| -> Vec<(String, usize)> {
        let only = all.iter().filter(|(name, count)| !other.contains_key(*name) && **count >= least);
        only.map(|(name, count)| (name.clone(), *count)).collect()
    };
    let spans = |count: usize| if count == 1 { "1 span".to_owned() } else { format!("{count} spans") };
    let gone = of(&was, &is)
        .into_iter()
        .map(|(name, count)| Change::of(Kind::Shape, format!("operation {name}"), spans(count), "gone"));
    let new = of(&is, &was)
        .into_iter()
        .map(|(name, count)| Change::of(Kind::Shape, format!("operation {name}"), "none", spans(count)));
    gone.chain(new).collect()
}
