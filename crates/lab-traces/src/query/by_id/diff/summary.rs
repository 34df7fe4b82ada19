//! What became slower, larger or more erroneous, service by service.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::query::by_id::diff::patch::{Change, Patch};
use crate::query::by_id::diff::side::{Identity, Side, SideSpan};
use crate::span::kind::Status;

/// The sum of a service's durations has drifted if it differs by at least this much, in nanoseconds, and by a twentieth.
const DRIFT_NS: i64 = 1_000_000;
const DRIFT_PART: i64 = 20;

/// One trace as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whole {
    pub errors: usize,
    /// From the first start to the last end, in nanoseconds.
    pub duration_ns: i64,
    /// The durations of all spans together, in nanoseconds.
    pub sum_ns: i64,
}

/// A service whose spans differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfService {
    pub name: String,
    /// By how much the durations of its spans together grew, in nanoseconds.
    pub sum_delta_ns: i64,
    pub modified: usize,
    pub added: usize,
    pub removed: usize,
    pub new_errors: usize,
    pub resolved_errors: usize,
}

/// A summary of a patch.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub base: Whole,
    pub compare: Whole,
    /// True if spans came or went, or have other parents.
    pub structure_changed: bool,
    /// All services that differ in anything, sorted.
    pub changed: Vec<String>,
    /// Services whose spans or durations differ, the largest difference of durations first.
    pub services: Vec<OfService>,
}

impl Summary {
    /// Sums a patch up.
    pub fn new(patch: &Patch<'_>) -> Self {
        let moved = moved(patch.base, patch.compare);
        let mut counts = counts(patch);
        let mut changed: BTreeSet<String> = counts.keys().cloned().chain(moved.iter().cloned()).collect();
        let (before, after) = (sums(patch.base), sums(patch.compare));
        for name in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let sum = |sums: &BTreeMap<String, i64>| sums.get(name).copied().unwrap_or(0);
            let delta = sum(&after).saturating_sub(sum(&before));
            let is_drift = delta.abs() >= DRIFT_NS && delta.saturating_abs().saturating_mul(DRIFT_PART) >= sum(&before);
            if is_drift {
                changed.insert(name.clone());
            }
            if is_drift || counts.contains_key(name) {
                counts.entry(name.clone()).or_default().sum_delta_ns = delta;
            }
        }
        let mut services: Vec<OfService> =
            counts.into_iter().map(|(name, counts)| OfService { name, ..counts }).collect();
        services.sort_by_key(|one| {
            let milliseconds = (one.sum_delta_ns / 1_000_000).abs();
            (std::cmp::Reverse(milliseconds), std::cmp::Reverse(one.new_errors), one.name.clone())
        });
        Self {
            base: whole(patch.base),
            compare: whole(patch.compare),
            structure_changed: !patch.added.is_empty() || !patch.removed.is_empty() || !moved.is_empty(),
            changed: changed.into_iter().collect(),
            services,
        }
    }
}

/// The service of a span, as it is shown.
fn service(span: &SideSpan) -> String {
    let name = &span.identity.service;
    if name.is_empty() { "<unknown>".to_owned() } else { name.clone() }
}

fn whole(side: &Side) -> Whole {
    let valid = || side.spans.iter().filter(|span| span.duration_ns.is_some());
    let (first, last) = (valid().map(|span| span.start_ns).min(), valid().map(|span| span.end_ns).max());
    let duration = last.zip(first).map_or(0, |(last, first)| last - first);
    Whole {
        errors: side.spans.iter().filter(|span| span.status == Status::Error).count(),
        duration_ns: i64::try_from(duration).unwrap_or(i64::MAX),
        sum_ns: sums(side).values().fold(0, |sum, one| sum.saturating_add(*one)),
    }
}

/// The durations of each service's spans together.
fn sums(side: &Side) -> BTreeMap<String, i64> {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for span in &side.spans {
        let sum = sums.entry(service(span)).or_default();
        *sum = sum.saturating_add(span.duration_ns.unwrap_or(0));
    }
    sums
}

fn counts(patch: &Patch<'_>) -> BTreeMap<String, OfService> {
    let mut counts: BTreeMap<String, OfService> = BTreeMap::new();
    for modified in &patch.modified {
        let of = counts.entry(service(modified.span)).or_default();
        of.modified += 1;
        for change in &modified.changes {
            match change {
                Change::Status(before, Status::Error) if *before != Status::Error => of.new_errors += 1,
                Change::Status(Status::Error, _) => of.resolved_errors += 1,
                _ => {}
            }
        }
    }
    for span in &patch.added {
        let of = counts.entry(service(span)).or_default();
        of.added += 1;
        of.new_errors += usize::from(span.status == Status::Error);
    }
    for span in &patch.removed {
        let of = counts.entry(service(span)).or_default();
        of.removed += 1;
        of.resolved_errors += usize::from(span.status == Status::Error);
    }
    counts
}

/// The services that have other spans, or spans below other parents.
fn moved(base: &Side, compare: &Side) -> BTreeSet<String> {
    type Rows<'a> = HashMap<(&'a Identity, Option<&'a Identity>), i64>;
    let mut rows: Rows<'_> = HashMap::new();
    for (side, count) in [(base, 1), (compare, -1)] {
        for span in &side.spans {
            *rows.entry((&span.identity, span.parent.as_ref())).or_default() += count;
        }
    }
    let differing = rows.into_iter().filter(|(_, count)| *count != 0);
    let name = |identity: &Identity| match identity.service.as_str() {
        "" => "<unknown>".to_owned(),
        name => name.to_owned(),
    };
    differing.map(|((identity, _), _)| name(identity)).collect()
}
