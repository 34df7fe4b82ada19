//! Which operations there are, and how often one calls another.

use std::collections::{BTreeMap, BTreeSet};

use lab_verify::stack::span::Span;
use lab_verify::trace::tree::Tree;

use crate::compare::change::{Change, Kind, counted, only_in};
use crate::compare::patterns::pattern;
use crate::compare::side::Side;
use crate::compare::statistics::deviates::Sureness;
use crate::compare::statistics::rates::{Rate, differ};

/// In so many traces of one side and in none of the other, it is new or gone; more seldom it may be chance.
const SURELY_THERE: usize = 20;
/// What is done in one moment may have one cause: a moment is so long, in nanoseconds, or a hundredth of a short run.
const MOMENT: i64 = 1_000_000_000;
const MOMENTS: i64 = 100;

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
    /// In how many moments of the run such traces began.
    moments: usize,
    /// The moment of the last of them.
    last: Option<i64>,
}

/// Operations with the number of their spans.
fn operations(side: &Side) -> BTreeMap<String, Seen> {
    let begin = |spans: &Vec<Span>| spans.iter().map(|span| span.start_ns).min().unwrap_or_default();
    let (first, last) = (side.traces.first().map_or(0, begin), side.traces.last().map_or(0, begin));
    let moment = ((last - first) / MOMENTS).clamp(1, MOMENT);
    let mut counts: BTreeMap<String, Seen> = BTreeMap::new();
    for spans in &side.traces {
        let now = Some((begin(spans) - first) / moment);
        let names: Vec<String> = spans.iter().map(operation).collect();
        for name in names.iter().collect::<BTreeSet<_>>() {
            let seen = counts.entry(name.clone()).or_default();
            seen.traces += 1;
            seen.moments += usize::from(seen.last != now);
            seen.last = now;
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
pub(crate) fn changes(one_sided: &OneSided, calls: &[Calls], sure: Sureness, exactly: bool) -> Vec<Change> {
    let mut changes = one_sided.changes();
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

/// Operations that only one of the runs has, each with how much of it.
#[derive(Debug)]
pub(crate) struct OneSided {
    new: Vec<(String, Seen)>,
    gone: Vec<(String, Seen)>,
    /// In so many traces and moments it is surely no chance.
    least: usize,
    /// Traces of the former and of the later run: what most of them have is no incident, however short the run was.
    traces: (usize, usize),
}

impl OneSided {
    pub(crate) fn of(before: &Side, after: &Side) -> Self {
        let (was, is) = (operations(before), operations(after));
        let only = |all: &BTreeMap<String, Seen>, other: &BTreeMap<String, Seen>| {
            let only = all.iter().filter(|(name, _)| !other.contains_key(*name));
            only.map(|(name, seen)| (format!("operation {name}"), *seen)).collect()
        };
        let exactly = before.is_small() || after.is_small();
        Self {
            new: only(&is, &was),
            gone: only(&was, &is),
            least: if exactly { 1 } else { SURELY_THERE },
            traces: (before.traces.len(), after.traces.len()),
        }
    }

    fn is_sure(&self, seen: &Seen, of_traces: usize) -> bool {
        seen.traces >= self.least && (seen.moments >= self.least || seen.traces * 2 > of_traces)
    }

    /// Those that are new or gone.
    fn changes(&self) -> Vec<Change> {
        let spans = |seen: &Seen| counted(seen.spans, "span");
        let gone = self.gone.iter().filter(|(_, seen)| self.is_sure(seen, self.traces.0));
        let gone = gone.map(|(name, seen)| Change::of(Kind::Shape, name.as_str(), spans(seen), "gone"));
        let new = self.new.iter().filter(|(_, seen)| self.is_sure(seen, self.traces.1));
        let new = new.map(|(name, seen)| Change::of(Kind::Shape, name.as_str(), "none", spans(seen)));
        gone.chain(new).collect()
    }

    /// Sentences about those that may be missing from the other run by chance.
    pub(crate) fn too_seldom(&self) -> Vec<String> {
        let seldom = |all: &[(String, Seen)], of_traces: usize| {
            let seldom = all.iter().filter(|(_, seen)| !self.is_sure(seen, of_traces));
            seldom.map(|(name, seen)| (name.clone(), seen.spans)).collect::<Vec<_>>()
        };
        let why = format!("in fewer than {} traces or moments, which may be chance", self.least);
        let new = only_in("later", &why, seldom(&self.new, self.traces.1), "span");
        let gone = only_in("former", &why, seldom(&self.gone, self.traces.0), "span");
        new.into_iter().chain(gone).collect()
    }
}
