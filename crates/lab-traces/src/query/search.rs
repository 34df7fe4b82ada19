//! Search: the newest traces that match a query.

pub(crate) mod shown;

use std::collections::BTreeMap;

use lab_algebra::Allowance;
use lab_model::Grant;

use crate::id::{SpanId, TraceId};
use crate::query::search::shown::Shown;
use crate::query::traces::walk;
use crate::query::walk::{Inspected, Selection, WalkError};
use crate::span::kind::Status;
use crate::span::{MISSING_ROOT, Trace};
use crate::store::TraceStore;
use crate::traceql::eval::evaluate;
use crate::traceql::eval::spanset::{SpanContext, Spanset};
use crate::traceql::plan::Plan;
use crate::traceql::value::Value;

/// What to look for, and how much of it to show.
#[derive(Clone, Debug)]
pub struct SearchRequest {
    /// The query, and where it looks.
    pub selection: Selection,
    /// The shortest trace, in nanoseconds.
    pub min_duration_ns: i64,
    /// The longest trace, in nanoseconds.
    pub max_duration_ns: i64,
    /// How many traces to show.
    pub limit: usize,
    /// How many spans of a spanset to show; `None` for all.
    pub spans_per_spanset: Option<usize>,
}

/// What was found, newest traces first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchResult {
    /// The traces that match, the one that began last first.
    pub traces: Vec<FoundTrace>,
    /// What answering cost.
    pub inspected: Inspected,
}

/// One trace that matches.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundTrace {
    /// The id of the trace.
    pub id: TraceId,
    /// Service of its root span.
    pub root_service: String,
    /// Name of its root span.
    pub root_name: String,
    /// The start of its first span.
    pub start_ns: i64,
    /// From the first start to the last end.
    pub duration_ns: i64,
    /// What the query selected.
    pub spansets: Vec<FoundSpanset>,
    /// For each service its spans and how many of them failed.
    pub services: BTreeMap<String, ServiceStats>,
}

impl FoundTrace {
    /// About how many bytes it takes.
    fn bytes(&self) -> usize {
        let attributes = |all: &[(String, Value<'static>)]| -> usize {
            all.iter().map(|(name, value)| name.len() + value.bytes() + size_of::<(String, Value<'static>)>()).sum()
        };
        let spanset = |spanset: &FoundSpanset| -> usize {
            let span = |span: &FoundSpan| {
                size_of::<FoundSpan>() + span.name.as_ref().map_or(0, String::len) + attributes(&span.attributes)
            };
            size_of::<FoundSpanset>() + attributes(&spanset.attributes) + spanset.spans.iter().map(span).sum::<usize>()
        };
        let services: usize = self.services.keys().map(|name| name.len() + size_of::<(String, ServiceStats)>()).sum();
        let texts = self.root_service.len() + self.root_name.len() + services;
        size_of::<Self>() + texts + self.spansets.iter().map(spanset).sum::<usize>()
    }
}

/// Spans of one service in one trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceStats {
    /// All spans of the service.
    pub spans: u32,
    /// The spans with status error.
    pub errors: u32,
}

/// Spans that were selected together.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundSpanset {
    /// The first of the selected spans.
    pub spans: Vec<FoundSpan>,
    /// How many spans the query selected.
    pub matched: usize,
    /// What `by()` and aggregates found.
    pub attributes: Vec<(String, Value<'static>)>,
}

/// One span of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundSpan {
    /// The id of the span.
    pub id: SpanId,
    /// Its name, if the query asks for names.
    pub name: Option<String>,
    /// When it began, in nanoseconds since the epoch.
    pub start_ns: i64,
    /// How long it took, in nanoseconds.
    pub duration_ns: i64,
    /// What the query names and the span has, and what it selects.
    pub attributes: Vec<(String, Value<'static>)>,
}

/// Answers a search.
pub fn search(store: &TraceStore, request: &SearchRequest, grant: &Grant) -> Result<SearchResult, WalkError> {
    search_settling(store, request, grant, &mut |_| {})
}

/// Answers a search. On the way `settled` is shown those of the traces that nothing can displace any more: every trace
/// that is still to come began earlier than they did.
pub fn search_settling(
    store: &TraceStore,
    request: &SearchRequest,
    grant: &Grant,
    settled: &mut dyn FnMut(&[FoundTrace]),
) -> Result<SearchResult, WalkError> {
    let allowance = Allowance::new(usize::MAX, grant);
    let mut traces: Vec<FoundTrace> = Vec::new();
    let inspected = walk(store, &request.selection, &allowance, |trace, newest_start_ns| {
        settled(&traces[..traces.partition_point(|found| found.start_ns >= newest_start_ns)]);
        // Later candidates began before this one's newest fragment, so they cannot displace what is found.
        if traces.len() >= request.limit && traces.last().is_some_and(|last| last.start_ns >= newest_start_ns) {
            return Ok(false);
        }
        if let Some(matched) = look_at(trace, request) {
            let at = traces.partition_point(|other| other.start_ns >= matched.start_ns);
            // Of those that make room for it nothing is given back: there are few, since the newest come first.
            allowance.take_bytes(matched.bytes())?;
            traces.insert(at, matched);
            traces.truncate(request.limit);
        }
        Ok(true)
    })?;
    Ok(SearchResult { traces, inspected })
}

fn look_at(trace: &Trace, request: &SearchRequest) -> Option<FoundTrace> {
    let duration_ns = trace.duration_ns();
    let fits = (request.min_duration_ns..=request.max_duration_ns).contains(&duration_ns)
        && trace.start_ns <= request.selection.end_ns
        && trace.end_ns >= request.selection.start_ns;
    if !fits {
        return None;
    }
    let spansets = evaluate(&request.selection.plan, trace);
    if spansets.is_empty() {
        return None;
    }
    let mut services: BTreeMap<String, ServiceStats> = BTreeMap::new();
    for span in &trace.spans {
        let stats = services.entry(span.origin.service_name().to_owned()).or_default();
        stats.spans += 1;
        stats.errors += u32::from(span.status() == Status::Error);
    }
    Some(FoundTrace {
        id: trace.id,
        root_service: Some(trace.root_service()).filter(|name| !name.is_empty()).unwrap_or(MISSING_ROOT).to_owned(),
        root_name: trace.root_name().to_owned(),
        start_ns: trace.start_ns,
        duration_ns,
        spansets: spansets.into_iter().map(|spanset| found_spanset(trace, request, spanset)).collect(),
        services,
    })
}

fn found_spanset(trace: &Trace, request: &SearchRequest, spanset: Spanset) -> FoundSpanset {
    let shown = spanset.spans.iter().take(request.spans_per_spanset.unwrap_or(usize::MAX));
    FoundSpanset {
        spans: shown.map(|span| found_span(&request.selection.plan, SpanContext { trace, span: *span })).collect(),
        matched: spanset.spans.len(),
        attributes: spanset.attributes,
    }
}

fn found_span(plan: &Plan, at: SpanContext<'_>) -> FoundSpan {
    let span = &at.trace.spans[at.span];
    let shown = Shown::of(plan, at);
    FoundSpan {
        id: span.id,
        name: shown.name.then(|| span.otlp.name.clone()),
        start_ns: span.start_ns(),
        duration_ns: span.duration_ns(),
        attributes: shown.attributes,
    }
}
