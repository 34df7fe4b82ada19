//! Series from spans.

use lab_model::{Grant, Interrupt};
use lab_traces::TraceStore;
use lab_traces::query::metrics::series::{Exemplar as SpanBehind, Series};
use lab_traces::query::metrics::{MetricsError, MetricsRequest, MetricsResult, query as run_query};
use lab_traces::query::walk::WalkError;

use crate::error::PlainError;
use crate::tempo::answer::attribute::{attributes, text};
use crate::tempo::answer::format::Answer;
use crate::tempo::answer::messages::{
    Exemplar, InstantSeries, QueryInstantResponse, QueryRangeResponse, Sample, TimeSeries,
};
use crate::tempo::params;
use crate::tempo::params::given::Params;
use crate::tempo::questions::search::cost;
use crate::tempo::state::TempoState;

/// Series over the steps of a range.
pub(crate) async fn query_range(state: &TempoState, params: &Params) -> Result<Answer<QueryRangeResponse>, PlainError> {
    let request = params::metrics::over_steps(params, state.clock.now_ns())?;
    let (result, missing) = run(state, request).await?;
    let message = QueryRangeResponse {
        series: result.series.iter().map(series).collect(),
        metrics: Some(cost(&result.inspected)),
        status: i32::from(missing.is_some()),
        message: missing.clone().unwrap_or_default(),
    };
    Ok(Answer { message, missing })
}

/// One value of each series for the whole range.
pub(crate) async fn query_instant(
    state: &TempoState,
    params: &Params,
) -> Result<Answer<QueryInstantResponse>, PlainError> {
    let request = params::metrics::instant(params, state.clock.now_ns())?;
    let (result, missing) = run(state, request).await?;
    let value = |series: &Series| series.samples.first().map_or(0.0, |(_, value)| *value);
    let series = result.series.iter();
    let message = QueryInstantResponse {
        series: series.map(|one| InstantSeries { labels: attributes(&one.labels), value: value(one) }).collect(),
        metrics: Some(cost(&result.inspected)),
        status: i32::from(missing.is_some()),
        message: missing.clone().unwrap_or_default(),
    };
    Ok(Answer { message, missing })
}

async fn run(state: &TempoState, request: MetricsRequest) -> Result<(MetricsResult, Option<String>), PlainError> {
    let enough: Interrupt = request.enough.clone();
    let question = move |store: &TraceStore, grant: &Grant| {
        let result = run_query(store, &request, grant)?;
        let answered: usize =
            result.series.iter().map(|one| one.samples.len() * SAMPLE + one.exemplars.len() * EXEMPLAR).sum();
        grant.memory.take(answered).map_err(WalkError::Memory)?;
        let missing = result.inspected.message();
        Ok::<_, MetricsError>((result, missing))
    };
    state.run(enough, question).await
}

/// Bytes of a sample, and of an exemplar with some labels: as a message, and as text.
const SAMPLE: usize = size_of::<Sample>() + r#"{"timestampMs":"1700000000000","value":0.1234567890123456},"#.len();
const EXEMPLAR: usize = 1_000;

fn series(series: &Series) -> TimeSeries {
    let sample = |(time_ns, value): &(i64, f64)| Sample { value: *value, timestamp_ms: time_ns / 1_000_000 };
    TimeSeries {
        labels: attributes(&series.labels),
        samples: series.samples.iter().map(sample).collect(),
        exemplars: series.exemplars.iter().map(|behind| exemplar(behind, series)).collect(),
    }
}

fn exemplar(behind: &SpanBehind, series: &Series) -> Exemplar {
    let mut labels = vec![text("trace:id", behind.trace_id.to_string())];
    labels.extend(attributes(&series.labels));
    Exemplar { labels, value: behind.value.unwrap_or(f64::NAN), timestamp_ms: behind.time_ns / 1_000_000 }
}
