//! Which operations there are, and how often one calls another.

use std::collections::{BTreeMap, BTreeSet};

use lab_verify::stack::span::Span;
use lab_verify::trace::tree::Tree;

use crate::compare::change::{Change, Kind};
use crate::compare::patterns::pattern;
use crate::compare::side::Side;
use crate::compare::statistics::deviates::Sureness;
use crate::compare::statistics::rates::{Rate, differ};

/// In so many traces of one side and in none of the other, it is new or gone; more seldom it may be chance.
const SURELY_THERE: usize = 20;

/// How often one operation calls another, in both runs.
#[derive(Debug)]
pub(crate) struct Calls {
    /// `shop checkout → cart load`
    what: String,
    /// Of the spans of the caller.
    before: Rate,
    after: Rate,
    /// Each caller calls it equally often, before and after.
    steady: (bool, bool),
}

/// What a span does: service and name, without the numbers and ids in it.
pub(crate) fn operation(span: &Span) -> String {
    format!("{} {}", span.service, pattern(&span.name))
}

/// How much there is of an operation.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    spans: usize,
    traces: usize,
}

/// Operations with the number of their spans.
fn operations(side: &Side) -> BTreeMap<String, Seen> {
    let mut counts: BTreeMap<String, Seen> = BTreeMap::new();
    for spans in &side.traces {
        let names: Vec<String> = spans.iter().map(operation).collect();
        for name in names.iter().collect::<BTreeSet<_>>() {
            counts.entry(name.clone()).or_default().traces += 1;
        }
        for name in names {
            counts.entry(name).or_default().spans += 1;
        }
    }
    counts
}

/// A call, by caller and called.
type Pair = (String, String);

/// How often each operation calls another one.
struct CallsOfSide {
    /// The spans of each caller in each trace that has some.
    callers: BTreeMap<String, Vec<(usize, usize)>>,
    calls: BTreeMap<Pair, CallsOfPair>,
}

/// How often one operation calls another.
#[derive(Default)]
struct CallsOfPair {
    /// The calls in each trace that has some, by its place.
    by_trace: BTreeMap<usize, usize>,
    /// How many callers call so often.
    by_times: BTreeMap<usize, usize>,
}

impl CallsOfSide {
    fn of(side: &Side) -> Self {
        let mut all = Self { callers: BTreeMap::new(), calls: BTreeMap::new() };
        for (place, spans) in side.traces.iter().enumerate() {
            let tree = Tree::new(spans);
            let names: Vec<String> = tree.rows.iter().map(|row| operation(row.span)).collect();
            let mut callers: BTreeMap<&String, usize> = BTreeMap::new();
            for (caller, children) in names.iter().zip(tree.children()) {
                let mut called: BTreeMap<&String, usize> = BTreeMap::new();
                for child in children {
                    *called.entry(&names[child]).or_default() += 1;
                }
                for (operation, times) in called {
                    let of_pair = all.calls.entry((caller.clone(), operation.clone())).or_default();
                    *of_pair.by_trace.entry(place).or_default() += times;
                    *of_pair.by_times.entry(times).or_default() += 1;
                }
                *callers.entry(caller).or_default() += 1;
            }
            for (caller, count) in callers {
                all.callers.entry(caller.clone()).or_default().push((place, count));
            }
        }
        all
    }

    /// How often a caller calls, and whether each does it equally often; nothing if the caller is not there.
    fn rate(&self, pair: &Pair) -> Option<(Rate, bool)> {
        let callers = self.callers.get(&pair.0)?;
        let Some(CallsOfPair { by_trace, by_times }) = self.calls.get(pair) else {
            let of = callers.iter().map(|(_, count)| count).sum::<usize>();
            return Some((Rate::of_rare(0.0, of as f64), true));
        };
        // What one trace does is done together, so a trace is one part of the run.
        let calls = |place: &usize| by_trace.get(place).copied().unwrap_or_default() as f64;
        let parts: Vec<(f64, f64)> = callers.iter().map(|(place, count)| (calls(place), *count as f64)).collect();
        let rate = Rate::of_parts(&parts);
        let calling: usize = by_times.values().sum();
        Some((rate, by_times.len() == 1 && calling as f64 == rate.of))
    }
}

/// Every call whose caller both runs have.
pub(crate) fn gather(before: &Side, after: &Side) -> Vec<Calls> {
    let (was, is) = (CallsOfSide::of(before), CallsOfSide::of(after));
    let pairs: BTreeSet<&Pair> = was.calls.keys().chain(is.calls.keys()).collect();
    let both = pairs.into_iter().filter_map(|pair| {
        let (of_before, of_after) = (was.rate(pair)?, is.rate(pair)?);
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
        let rate = |rate: Rate| rate.count / rate.of.max(1.0);
        let (was, is) = (rate(one.before), rate(one.after));
        // Equally often below every caller, before and after, is no sample: any difference is one of the program.
        let is_certain = was != is
            && (exactly || (one.steady == (true, true) && one.before.of.min(one.after.of) >= SURELY_THERE as f64));
        let effect = if is_certain { Some(is / was - 1.0) } else { differ(one.before, one.after, sure) };
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
    let of = |all: &BTreeMap<String, Seen>, other: &BTreeMap<String, Seen>| -> Vec<(String, usize)> {
        let only = all.iter().filter(|(name, seen)| !other.contains_key(*name) && seen.traces >= least);
        only.map(|(name, seen)| (name.clone(), seen.spans)).collect()
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
