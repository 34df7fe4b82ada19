//! The search for traces, by TraceQL or by tags.

use lab_model::Grant;
use lab_traces::TraceStore;
use lab_traces::query::search::{FoundSpan, FoundSpanset, FoundTrace, search_settling};
use lab_traces::query::walk::{Inspected, WalkError};
use tokio::sync::mpsc::Sender;

use crate::error::PlainError;
use crate::tempo::answer::attribute::attributes;
use crate::tempo::answer::format::Answer;
use crate::tempo::answer::messages::{SearchMetrics, SearchResponse, ServiceStats, SpanFound, SpanSet, TraceFound};
use crate::tempo::params;
use crate::tempo::params::given::{Params, text};
use crate::tempo::state::TempoState;

/// Answers a search.
pub(crate) async fn search(state: &TempoState, params: &Params) -> Result<Answer<SearchResponse>, PlainError> {
    ask(state, params, None).await
}

/// Answers a search, and sends traces on the way as soon as nothing newer can displace them. The answer holds them, too.
/// While the receiver is slow, traces wait for the next message.
pub(crate) async fn search_streaming(
    state: &TempoState,
    params: &Params,
    progress: Sender<SearchResponse>,
) -> Result<Answer<SearchResponse>, PlainError> {
    ask(state, params, Some(progress)).await
}

async fn ask(
    state: &TempoState,
    params: &Params,
    progress: Option<Sender<SearchResponse>>,
) -> Result<Answer<SearchResponse>, PlainError> {
    let request = params::search::request(params)?;
    // Without a query there is nothing that selected spans.
    let with_spansets = text(params, "q").is_some();
    let enough = request.selection.enough.clone();
    let question = move |store: &TraceStore, grant: &Grant| {
        let mut sent = 0;
        let mut settled = |traces: &[FoundTrace]| {
            let Some(progress) = progress.as_ref().filter(|_| traces.len() > sent) else { return };
            let traces_since: Vec<_> = traces[sent..].iter().map(|trace| found_trace(trace, with_spansets)).collect();
            let message = SearchResponse { traces: traces_since, metrics: None };
            if progress.try_send(message).is_ok() {
                sent = traces.len();
            }
        };
        let result = search_settling(store, &request, grant, &mut settled)?;
        let traces = result.traces.iter().map(|trace| found_trace(trace, with_spansets)).collect();
        let message = SearchResponse { traces, metrics: Some(cost(&result.inspected)) };
        Ok::<_, WalkError>(Answer { message, missing: result.inspected.message() })
    };
    state.run(enough, question).await
}

/// What an answer cost.
pub(crate) fn cost(inspected: &Inspected) -> SearchMetrics {
    SearchMetrics {
        inspected_traces: u32::try_from(inspected.traces).unwrap_or(u32::MAX),
        inspected_bytes: inspected.bytes,
        completed_jobs: 1,
        total_jobs: 1,
    }
}

fn found_trace(trace: &FoundTrace, with_spansets: bool) -> TraceFound {
    let found = TraceFound {
        trace_id: trace.id.short(),
        root_service_name: trace.root_service.clone(),
        root_trace_name: trace.root_name.clone(),
        start_time_unix_nano: trace.start_ns as u64,
        duration_ms: u32::try_from(trace.duration_ns / 1_000_000).unwrap_or(u32::MAX),
        ..TraceFound::default()
    };
    if !with_spansets {
        return found;
    }
    let span_sets: Vec<SpanSet> = trace.spansets.iter().map(spanset).collect();
    let services = trace.services.iter();
    TraceFound {
        span_set: span_sets.first().cloned(),
        span_sets,
        service_stats: services
            .map(|(name, stats)| (name.clone(), ServiceStats { span_count: stats.spans, error_count: stats.errors }))
            .collect(),
        ..found
    }
}

fn spanset(spanset: &FoundSpanset) -> SpanSet {
    SpanSet {
        spans: spanset.spans.iter().map(span).collect(),
        matched: u32::try_from(spanset.matched).unwrap_or(u32::MAX),
        attributes: attributes(&spanset.attributes),
    }
}

fn span(span: &FoundSpan) -> SpanFound {
    SpanFound {
        span_id: span.id.to_string(),
        name: span.name.clone().unwrap_or_default(),
        start_time_unix_nano: span.start_ns as u64,
        duration_nanos: span.duration_ns as u64,
        attributes: attributes(&span.attributes),
    }
}
