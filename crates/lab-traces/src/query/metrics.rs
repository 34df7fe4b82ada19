//! Metrics: series from spans, `{ … } | rate() by (resource.service.name)` and its kin.
//!
//! A span counts at its start. A sample stands at the end of its step, a multiple of the step, and counts the spans that
//! began after the sample before it and not later than itself. The range is widened to whole steps, so that no sample
//! is about a part of one.

pub(crate) mod arithmetic;
pub(crate) mod comparison;
pub(crate) mod evaluate;
pub(crate) mod exemplars;
pub(crate) mod groups;
pub(crate) mod observed;
pub(crate) mod rows;
pub mod series;
pub(crate) mod steps;

use lab_algebra::Allowance;
use lab_model::{Grant, Interrupt};

use crate::query::metrics::evaluate::Evaluation;
use crate::query::metrics::exemplars::Spread;
use crate::query::metrics::series::Series;
use crate::query::metrics::steps::{MAX_STEPS, Steps, StepsError};
use crate::query::walk::{Inspected, Missing, WalkError};
use crate::store::TraceStore;
use crate::traceql::syntax::ast::{Query, Question};

/// What to compute.
#[derive(Clone, Debug)]
pub struct MetricsRequest {
    /// A query for series.
    pub query: Query,
    /// The beginning of the range, in nanoseconds since the epoch.
    pub start_ns: i64,
    /// The end of the range, in nanoseconds since the epoch.
    pub end_ns: i64,
    /// Set when the answer has taken long enough: then what was found so far is answered, and said to be partial.
    pub enough: Interrupt,
    /// The distance of samples, in nanoseconds; `None` for one sample over the whole range.
    pub step_ns: Option<i64>,
    /// Exemplars that the answer has at most.
    pub exemplars: usize,
    /// Series that the answer has at most.
    pub max_series: usize,
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
    let Question::Series(expr) = &request.query.question else { return Err(MetricsError::NotMetrics) };
    let steps = Steps::new(request.start_ns, request.end_ns, request.step_ns)?;
    let allowance = Allowance::new(usize::MAX, grant);
    let exemplars = if request.step_ns.is_some() { request.exemplars } else { 0 };
    let leaves = evaluate::leaves(expr).max(1);
    let mut evaluation = Evaluation {
        store,
        steps,
        enough: &request.enough,
        allowance: &allowance,
        exemplars: exemplars.div_ceil(leaves),
        inspected: Inspected::default(),
    };
    let mut series = evaluation.series(expr)?;
    let mut inspected = evaluation.inspected;
    series.retain(|series| !series.samples.is_empty());
    series.sort_by_cached_key(|series| format!("{:?}", series.labels));
    if series.len() > request.max_series {
        series.truncate(request.max_series);
        inspected.missing.insert(Missing::Series(request.max_series));
    }
    let mut spread = Spread::new(exemplars, steps);
    for series in &mut series {
        series.exemplars.retain(|exemplar| spread.takes(exemplar.time_ns));
        series.value_exemplars(steps);
    }
    Ok(MetricsResult { series, inspected })
}
