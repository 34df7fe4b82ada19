//! Metrics: series from spans, `{ … } | rate() by (resource.service.name)` and its kin.
//!
//! A span counts at its start. Samples stand at multiples of the step, each for the spans that began from
//! there until the next one, within the range that was asked for.

pub(crate) mod groups;
pub mod series;
pub(crate) mod steps;

use lab_algebra::Allowance;
use lab_model::Grant;

use crate::query::metrics::groups::Groups;
use crate::query::metrics::series::Series;
use crate::query::metrics::steps::{MAX_STEPS, Steps, StepsError};
use crate::query::walk::{Inspected, Missing, Selection, WalkError, walk};
use crate::store::TraceStore;

/// Series that an answer may have.
const MAX_SERIES: usize = 1_000;

/// What to compute.
#[derive(Clone, Debug)]
pub struct MetricsRequest {
    /// A query with a metrics function, and where it looks; spans count that begin within its range.
    pub selection: Selection,
    /// The distance of samples, in nanoseconds; `None` for one sample over the whole range.
    pub step_ns: Option<i64>,
    /// Exemplars that a series has at most.
    pub exemplars: usize,
}

/// Why there are no series.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The query only selects traces.
    #[error("not a metrics query")]
    NotMetrics,
    /// The range is empty or the step is not positive.
    #[error("the start must be before the end, and the step must be longer than zero")]
    InvalidRange,
    /// The step is too small for the range.
    #[error("the range has more than {MAX_STEPS} steps; ask for a longer step or a shorter range")]
    TooManySteps,
    /// The traces could not be read.
    #[error(transparent)]
    Walk(#[from] WalkError),
}

impl From<StepsError> for MetricsError {
    fn from(error: StepsError) -> Self {
        match error {
            StepsError::InvalidRange => Self::InvalidRange,
            StepsError::TooMany => Self::TooManySteps,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricsResult {
    /// Sorted by their labels.
    pub series: Vec<Series>,
    /// What answering cost.
    pub inspected: Inspected,
}

pub fn query(store: &TraceStore, request: &MetricsRequest, grant: &Grant) -> Result<MetricsResult, MetricsError> {
    let selection = &request.selection;
    let metrics = selection.plan.query.metrics.as_ref().ok_or(MetricsError::NotMetrics)?;
    let steps = Steps::new(selection.start_ns, selection.end_ns, request.step_ns)?;
    let allowance = Allowance::new(usize::MAX, grant);
    let mut groups = Groups::new(metrics, steps, request.exemplars, MAX_SERIES);
    let mut inspected = walk(store, selection, &allowance, |trace, _| {
        groups.add(&allowance, &selection.plan, trace, selection.start_ns..=selection.end_ns)?;
        Ok(true)
    })?;
    if groups.are_too_many() {
        inspected.missing.insert(Missing::Series(MAX_SERIES));
    }
    let mut series = groups.finish(&allowance).map_err(WalkError::from)?;
    series.sort_by_cached_key(|series| format!("{:?}", series.labels));
    for stage in &metrics.then {
        series::apply(stage, &mut series);
    }
    Ok(MetricsResult { series, inspected })
}
