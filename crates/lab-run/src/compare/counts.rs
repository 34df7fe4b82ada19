//! Counters: by how much each went up in a run, for each request where both runs have traces.

use std::collections::{BTreeMap, BTreeSet};

use lab_recording::messages::metrics::{Sample, Series};

use crate::compare::change::{Change, Kind};
use crate::compare::side::Side;
use crate::compare::statistics::deviates::Sureness;
use crate::compare::statistics::moments::{Happened, Moments};
use crate::compare::statistics::rates::{Rate, differ};

/// Counters of processes and of the machinery of telemetry: they go up with time, not with work.
const NOT_WORK: [&str; 10] =
    ["process_", "go_", "jvm_", "python_", "nodejs_", "tokio_", "promhttp_", "scrape_", "otel_sdk_", "telemetry_"];
/// Sums of durations, of which [`super::latency`] knows more.
const DURATIONS: [&str; 2] = ["_seconds_total", "_seconds_sum"];
/// Labels by which the same series of two runs differ.
const OF_THE_RUN: [&str; 3] = ["instance", "service_instance_id", "otel_scope_version"];

/// A counter in both runs.
#[derive(Debug)]
pub(crate) struct Counted {
    what: String,
    before: Rate,
    after: Rate,
}

/// Every counter that a run has.
pub(crate) fn gather(before: &Side, after: &Side) -> Vec<Counted> {
    let (was, is) = (steps(before), steps(after));
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let traces = (before.traces.len() as f64, after.traces.len() as f64);
    let of = if traces.0 > 0.0 && traces.1 > 0.0 { traces } else { (1.0, 1.0) };
    let exactly = before.is_small() || after.is_small();
    let rate = |steps: Option<&Vec<Happened>>, of: f64, moments: &Moments| {
        let steps = steps.map(Vec::as_slice).unwrap_or_default();
        let counts: Vec<f64> = steps.iter().map(|step| step.count).collect();
        if exactly {
            return Rate::of_rare(counts.iter().sum(), of);
        }
        Rate::of_steps(&counts, of).spread_by(moments.dispersion(steps))
    };
    let (moments_before, moments_after) = (before.moments(), after.moments());
    let counted = names.into_iter().map(|name| Counted {
        what: name.clone(),
        before: rate(was.get(name), of.0, &moments_before),
        after: rate(is.get(name), of.1, &moments_after),
    });
    counted.collect()
}

/// What went up by more or by less than chance.
pub(crate) fn changes(all: &[Counted], sure: Sureness) -> Vec<Change> {
    let change = |one: &Counted| {
        let effect = differ(one.before, one.after, sure)?;
        Some(Change {
            effect: effect.is_finite().then_some(effect),
            ..Change::of(Kind::Counter, one.what.clone(), one.before.count.to_string(), one.after.count.to_string())
        })
    };
    all.iter().filter_map(change).collect()
}

/// The steps in which each counter went up, resets included. Of several series that differ only by what is of the run, one
/// after the other.
fn steps(side: &Side) -> BTreeMap<String, Vec<Happened>> {
    let mut all: BTreeMap<String, Vec<Happened>> = BTreeMap::new();
    for series in &side.series {
        let labels = series.labels();
        let name = labels.metric_name().unwrap_or_default();
        if is_counter(side, name) {
            let kept = labels.filtered(|label| !OF_THE_RUN.contains(&label));
            all.entry(kept.to_string()).or_default().extend(steps_of(series));
        }
    }
    all
}

fn is_counter(side: &Side, name: &str) -> bool {
    if NOT_WORK.iter().any(|begin| name.starts_with(begin)) || DURATIONS.iter().any(|end| name.ends_with(end)) {
        return false;
    }
    let kind = |name: &str| side.families.get(name).map(|family| family.kind);
    match name.strip_suffix("_count") {
        // The observations of a histogram or a summary.
        Some(family) => matches!(kind(family), Some(3 | 5)),
        None => kind(name).map_or(name.ends_with("_total"), |kind| kind == 1),
    }
}

/// From the first value, or from 0 if the counter began within the run, whose edges `dicelab run` has put in.
fn steps_of(series: &Series) -> Vec<Happened> {
    let known: Vec<Sample> = series.samples.iter().filter(|sample| !sample.value.is_nan()).copied().collect();
    let step = |pair: &[Sample]| Happened {
        from_ns: pair[0].timestamp.saturating_mul(1_000_000),
        to_ns: pair[1].timestamp.saturating_mul(1_000_000),
        count: if pair[1].value >= pair[0].value { pair[1].value - pair[0].value } else { pair[1].value },
    };
    known.windows(2).map(step).collect()
}
