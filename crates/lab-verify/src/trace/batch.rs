//! What the rolls of a batch did at the same time, read off their spans.
//!
//! Of n rolls at once the longest one decides how long the batch takes; one after another, their sum does. What lies
//! between says how much of the time that could have been shared was spent on waiting for siblings instead:
//! `(wall - longest) / (sum - longest)`, 0 for concurrent rolls and 1 for serial ones.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::stack::span::Span;

/// The name of a roll's span.
pub const ROLL: &str = "async_roll";
/// Time that a machine under load may take to start rolls which were asked to start at once.
const NOISE_NS: u64 = 50_000_000;
/// Shares of waiting up to this are noise.
const CONCURRENT_SHARE: f64 = 0.1;
/// Shares of waiting from this on leave nothing that was concurrent.
const SERIAL_SHARE: f64 = 0.9;

/// How spans lie over each other in time; nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Overlap {
    /// How many spans.
    pub count: usize,
    /// From the first start to the last one.
    pub start_spread_ns: u64,
    /// The most of them under way at one moment; spans that only touch do not overlap.
    pub greatest: usize,
    /// Their durations, added up.
    pub sum_ns: u64,
    /// The longest duration.
    pub longest_ns: u64,
    /// From the first start to the last end.
    pub wall_ns: u64,
}

/// The rolls below one parent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Batch {
    /// The span that they are children of; empty if they name none.
    pub parent_id: String,
    /// How they lie in time.
    pub rolls: Overlap,
    /// How many of them were cancelled, which cuts them short.
    pub cancelled: usize,
    /// How many rolls were asked for, where the parent says so.
    pub asked: Option<u64>,
    /// Whether the parent began before all of them and ended after all of them; nothing if it is missing.
    pub is_covered: Option<bool>,
    /// Whether they ran at the same time; nothing if that cannot be told.
    pub verdict: Option<Verdict>,
}

/// Whether rolls ran at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// None waited for another.
    Concurrent,
    Mixed,
    /// Each waited for the one before.
    Serial,
}

impl Overlap {
    /// Describes spans given as start and end.
    pub fn of(spans: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let spans: Vec<(i64, i64)> = spans.into_iter().collect();
        let starts = || spans.iter().map(|(start, _)| *start);
        let (Some(first), Some(last)) = (starts().min(), starts().max()) else { return Self::default() };
        let between = |start: i64, end: i64| u64::try_from(end.saturating_sub(start)).unwrap_or_default();
        let duration = |(start, end): &(i64, i64)| between(*start, *end);
        Self {
            count: spans.len(),
            start_spread_ns: between(first, last),
            greatest: greatest(&spans),
            sum_ns: spans.iter().map(duration).fold(0, u64::saturating_add),
            longest_ns: spans.iter().map(duration).max().unwrap_or_default(),
            wall_ns: spans.iter().map(|(_, end)| between(first, *end)).max().unwrap_or_default(),
        }
    }

    /// How many were under way at a time on average: their sum over the wall time; 1 where no time passed.
    pub fn parallelism(&self) -> f64 {
        if self.wall_ns == 0 { 1.0 } else { self.sum_ns as f64 / self.wall_ns as f64 }
    }

    /// The parallelism that n delays uniform from 0 would have if all began at once: (n+1)/2.
    pub fn theory(&self) -> f64 {
        f64::midpoint(self.count as f64, 1.0)
    }

    /// Time spent on waiting for siblings.
    pub fn waited_ns(&self) -> u64 {
        self.wall_ns.saturating_sub(self.longest_ns)
    }

    /// Time that could have been shared.
    pub fn shareable_ns(&self) -> u64 {
        self.sum_ns.saturating_sub(self.longest_ns)
    }

    /// Whether rolls ran at the same time; nothing if there was too little that could have.
    pub fn verdict(&self) -> Option<Verdict> {
        self.verdict_beyond(NOISE_NS)
    }

    /// Whether spans ran at the same time, where times up to `noise_ns` tell nothing; nothing if there was too little that
    /// could have.
    pub fn verdict_beyond(&self, noise_ns: u64) -> Option<Verdict> {
        let (waited, shareable) = (self.waited_ns(), self.shareable_ns());
        if self.count < 2 || shareable <= noise_ns {
            return None;
        }
        let share = waited as f64 / shareable as f64;
        Some(if share <= CONCURRENT_SHARE || waited <= noise_ns {
            Verdict::Concurrent
        } else if share >= SERIAL_SHARE {
            Verdict::Serial
        } else {
            Verdict::Mixed
        })
    }
}

impl Verdict {
    /// `concurrent`, `mixed` or `serial`
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Concurrent => "concurrent",
            Self::Mixed => "mixed",
            Self::Serial => "serial",
        }
    }
}

/// The batches of a trace, in order of their first roll.
pub fn batches(spans: &[Span]) -> Vec<Batch> {
    let mut by_parent: BTreeMap<&str, Vec<&Span>> = BTreeMap::new();
    for span in spans.iter().filter(|span| &*span.name == ROLL) {
        by_parent.entry(span.parent_id.as_deref().unwrap_or_default()).or_default().push(span);
    }
    let mut rolls: Vec<_> = by_parent.into_iter().collect();
    rolls.sort_by_key(|(_, rolls)| rolls.iter().map(|roll| roll.start_ns).min());
    rolls.into_iter().map(|(parent_id, rolls)| batch(spans, parent_id, &rolls)).collect()
}

fn batch(spans: &[Span], parent_id: &str, rolls: &[&Span]) -> Batch {
    let overlap = Overlap::of(rolls.iter().map(|roll| (roll.start_ns, roll.end_ns)));
    let parent = spans.iter().find(|span| span.span_id == parent_id);
    let covers =
        |parent: &Span| rolls.iter().all(|roll| parent.start_ns <= roll.start_ns && roll.end_ns <= parent.end_ns);
    Batch {
        parent_id: parent_id.to_owned(),
        rolls: overlap,
        cancelled: rolls.iter().filter(|roll| roll.is("async.cancelled")).count(),
        asked: parent.and_then(|parent| parent.int("async.batch_size")?.try_into().ok()),
        is_covered: parent.map(covers),
        verdict: overlap.verdict(),
    }
}

/// The most spans that are under way at one moment.
fn greatest(spans: &[(i64, i64)]) -> usize {
    // At one moment ends come before starts: who only touches does not overlap.
    let mut turns: Vec<(i64, i64)> = spans.iter().flat_map(|(start, end)| [(*start, 1), (*end, -1)]).collect();
    turns.sort_unstable();
    let (mut now, mut most) = (0, 1);
    for (_, step) in turns {
        now += step;
        most = most.max(now);
    }
    most as usize
}

#[cfg(test)]
mod tests;
