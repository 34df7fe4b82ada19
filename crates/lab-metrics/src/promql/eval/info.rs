//! `info`: series with the data labels of their info series, `target_info` if nothing else is said.
//!
//! An info series belongs to the series that have its `instance` and `job`. Of several with one name the one
//! with the latest sample counts at each step.

use std::collections::HashMap;

use lab_algebra::{Collector, Grid, Series, is_absent};
use lab_model::labels::METRIC_NAME;
use lab_model::{Labels, Matcher};

use crate::promql::error::PromqlError;
use crate::promql::eval::context::Context;
use crate::promql::eval::samples::select::{self, Read};
use crate::promql::functions::signature::Edges;
use crate::promql::plan::node::{Info, Selector, Wanted};

/// The labels by which series and info series find each other.
const IDENTIFYING: [&str; 2] = ["instance", "job"];

/// The series with the labels of their info series. One without any stays as it is, or is left out where a
/// condition demands a label.
pub(crate) fn enrich(
    context: &Context<'_>,
    info: &Info,
    series: Vec<Series>,
    frame: Grid,
) -> Result<Vec<Series>, PromqlError> {
    let is_info = |labels: &Labels| info.names.iter().all(|name| name.matches(labels.metric_name().unwrap_or("")));
    let known = if series.iter().any(|one| is_identified(&one.labels) && !is_info(&one.labels)) {
        let matchers = info.names.iter().chain(&info.data).cloned().collect();
        let selector = Selector { matchers, shift: info.shift, edges: Edges::Open, wanted: Wanted::Any };
        if select::instant(context, &selector, Read::Value, frame)?.iter().any(|one| !one.histograms.is_empty()) {
            let text = "the samples of an info series must be numbers, but some are native histograms";
            return Err(PromqlError::Execution(text.to_owned()));
        }
        let times = select::instant(context, &selector, Read::Time, frame)?;
        context.counter.found(frame, &times);
        times
    } else {
        Vec::new()
    };
    let mut by_identity: HashMap<_, Vec<&Series>> = HashMap::new();
    for one in known.iter().filter(|one| is_identified(&one.labels)) {
        by_identity.entry(identity(&one.labels)).or_default().push(one);
    }
    let demands = info.data.iter().any(|matcher| !matcher.matches_empty());
    let mut collector = Collector::new(frame.count);
    for one in series {
        if is_info(&one.labels) {
            collector.add(one)?;
            continue;
        }
        let candidates = by_identity.get(&identity(&one.labels)).map_or(&[][..], Vec::as_slice);
        match candidates {
            [] if demands => {}
            [] => collector.add(one)?,
            _ => join(context, &info.data, demands, &one, candidates, &mut collector)?,
        }
    }
    Ok(collector.finish())
}

/// Adds a series to the collector, at each step under the labels that its info series give it there.
fn join(
    context: &Context<'_>,
    data: &[Matcher],
    demands: bool,
    series: &Series,
    candidates: &[&Series],
    collector: &mut Collector,
) -> Result<(), PromqlError> {
    // Info series seldom change: few combinations of them, and one slot for each.
    let mut slots: Vec<(Vec<usize>, usize)> = Vec::new();
    for step in 0..series.points.len() {
        let Some(value) = series.value(step) else { continue };
        context.work(candidates.len())?;
        let latest = latest(candidates, step)?;
        if latest.is_empty() && demands {
            continue;
        }
        let slot = match slots.iter().find(|(combination, _)| *combination == latest) {
            Some((_, slot)) => *slot,
            None => {
                let labels = merged(&series.labels, latest.iter().map(|at| &candidates[*at].labels), data)?;
                let slot = collector.slot(&context.allowance, &labels, series.drop_name)?;
                slots.push((latest, slot));
                slot
            }
        };
        collector.set_value(slot, step, value)?;
    }
    Ok(())
}

/// Of each name the candidate whose sample is the latest.
fn latest(candidates: &[&Series], step: usize) -> Result<Vec<usize>, PromqlError> {
    let mut chosen: Vec<usize> = Vec::new();
    for (at, candidate) in candidates.iter().enumerate().filter(|(_, one)| !is_absent(one.points[step])) {
        let name = candidate.labels.metric_name();
        let Some(rival) = chosen.iter_mut().find(|rival| candidates[**rival].labels.metric_name() == name) else {
            chosen.push(at);
            continue;
        };
        let (existing, time) = (candidates[*rival], candidate.points[step]);
        if time > existing.points[step] {
            *rival = at;
        } else if time.to_bits() == existing.points[step].to_bits() {
            let (existing, new, at) = (&existing.labels, &candidate.labels, (time * 1000.0).round());
            let text = format!("found duplicate series for info metric: existing {existing} @ {at}, new {new} @ {at}");
            return Err(PromqlError::Execution(text));
        }
    }
    Ok(chosen)
}

/// The labels of a series and the data labels that it lacks.
fn merged<'a>(own: &Labels, infos: impl Iterator<Item = &'a Labels>, data: &[Matcher]) -> Result<Labels, PromqlError> {
    let wanted = |name: &str| name != METRIC_NAME && (data.is_empty() || data.iter().any(|label| label.name == name));
    let (mut labels, mut added) = (own.to_builder(), HashMap::new());
    for label in infos.flat_map(Labels::iter).filter(|label| wanted(&label.name) && own.get(&label.name).is_none()) {
        if added.insert(&*label.name, &*label.value).is_some_and(|other| *other != *label.value) {
            return Err(PromqlError::Execution(format!("conflicting label: {}", label.name)));
        }
        labels.set(&*label.name, &*label.value);
    }
    Ok(labels.build())
}

fn identity(labels: &Labels) -> [String; 2] {
    IDENTIFYING.map(|name| labels.get(name).unwrap_or("").to_owned())
}

fn is_identified(labels: &Labels) -> bool {
    IDENTIFYING.iter().any(|name| labels.get(name).is_some())
}
