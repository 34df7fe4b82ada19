//! Asking a store in TraceQL: the newest traces that match.

use std::collections::BTreeMap;

use lab_model::Interrupt;
use lab_storage::StorageError;

use crate::id::{SpanId, TraceId};
use crate::span::Trace;
use crate::span::kind::Status;
use crate::store::TraceStore;
use crate::traceql::attribute::{Attribute, Intrinsic};
use crate::traceql::eval::field::{SpanContext, attribute_value};
use crate::traceql::eval::{Spanset, evaluate};
use crate::traceql::plan::Plan;
use crate::traceql::value::Value;

/// What to look for, and how much of it to show.
#[derive(Clone, Debug)]
pub struct SearchRequest {
    /// The query.
    pub plan: Plan,
    /// Traces that overlap this time on, in nanoseconds since the epoch.
    pub start_ns: i64,
    /// Up to this time.
    pub end_ns: i64,
    /// The shortest trace, in nanoseconds.
    pub min_duration_ns: i64,
    /// The longest trace, in nanoseconds.
    pub max_duration_ns: i64,
    /// How many traces to show.
    pub limit: usize,
    /// How many spans of a spanset to show.
    pub spans_per_spanset: usize,
    /// What the search may cost.
    pub bounds: Bounds,
}

/// Bounds on what one question may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Traces that are decoded.
    pub traces: u64,
    /// Bytes of encoded spans that are decoded.
    pub bytes: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { traces: 200_000, bytes: 512 << 20 }
    }
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The one who asked has left or lost patience.
    #[error("query was canceled")]
    Interrupted,
    /// The store cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What was found, newest traces first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchResult {
    /// The traces.
    pub traces: Vec<FoundTrace>,
    /// What it cost.
    pub inspected: Inspected,
}

/// What answering cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inspected {
    /// Traces that were decoded.
    pub traces: u64,
    /// Bytes of their encoded spans.
    pub bytes: u64,
    /// True if a bound was hit, so that older traces were not looked at.
    pub partial: bool,
}

/// One trace that matches.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundTrace {
    /// Its id.
    pub id: TraceId,
    /// Service of its root span.
    pub root_service: String,
    /// Name of its root span.
    pub root_name: String,
    /// Its first start.
    pub start_ns: i64,
    /// From the first start to the last end.
    pub duration_ns: i64,
    /// What the query selected.
    pub spansets: Vec<FoundSpanset>,
    /// For each service its spans and how many of them failed.
    pub services: BTreeMap<String, ServiceStats>,
}

/// Spans of one service in one trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServiceStats {
    /// All.
    pub spans: u32,
    /// Those with status error.
    pub errors: u32,
}

/// Spans that were selected together.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundSpanset {
    /// The first of them.
    pub spans: Vec<FoundSpan>,
    /// How many there are.
    pub matched: usize,
    /// What `by()` and aggregates found.
    pub attributes: Vec<(String, Value<'static>)>,
}

/// One span of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundSpan {
    /// Its id.
    pub id: SpanId,
    /// Its name, if the query asks for names.
    pub name: Option<String>,
    /// Its start.
    pub start_ns: i64,
    /// How long it took.
    pub duration_ns: i64,
    /// What the query names and the span has, and what it selects.
    pub attributes: Vec<(String, Value<'static>)>,
}

/// Answers a search.
pub fn search(store: &TraceStore, request: &SearchRequest, interrupt: &Interrupt) -> Result<SearchResult, SearchError> {
    let mut result = SearchResult::default();
    let SearchResult { traces: found, inspected } = &mut result;
    walk(store, request, inspected, interrupt, |trace, newest_start_ns| {
        // Later candidates began before this one's newest fragment: what is found cannot be displaced any more.
        if found.len() >= request.limit && found.last().is_some_and(|last| last.start_ns >= newest_start_ns) {
            return false;
        }
        if let Some(matched) = look_at(trace, request) {
            let at = found.partition_point(|other| other.start_ns >= matched.start_ns);
            found.insert(at, matched);
            found.truncate(request.limit);
        }
        true
    })?;
    Ok(result)
}

/// Shows `visit` each trace that may match, with the start of its newest fragment, until it says false.
pub(crate) fn walk(
    store: &TraceStore,
    request: &SearchRequest,
    inspected: &mut Inspected,
    interrupt: &Interrupt,
    mut visit: impl FnMut(&Trace, i64) -> bool,
) -> Result<(), SearchError> {
    let mut candidates = store.candidates(request.start_ns, request.end_ns, request.plan.any_of.clone());
    while let Some(candidate) = candidates.next_candidate()? {
        if interrupt.is_set() {
            return Err(SearchError::Interrupted);
        }
        if inspected.traces >= request.bounds.traces || inspected.bytes >= request.bounds.bytes {
            inspected.partial = true;
            break;
        }
        let Some(stored) = store.trace(candidate.id)? else { continue };
        inspected.traces += 1;
        inspected.bytes += stored.bytes;
        let Some(trace) = Trace::decode(stored.id, &stored.spans) else { continue };
        if !visit(&trace, candidate.newest_start_ns) {
            break;
        }
    }
    Ok(())
}

fn look_at(trace: &Trace, request: &SearchRequest) -> Option<FoundTrace> {
    let duration_ns = trace.duration_ns();
    let fits = (request.min_duration_ns..=request.max_duration_ns).contains(&duration_ns)
        && trace.start_ns <= request.end_ns
        && trace.end_ns >= request.start_ns;
    if !fits {
        return None;
    }
    let spansets = evaluate(&request.plan, trace);
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
        root_service: trace.root_service().to_owned(),
        root_name: trace.root_name().to_owned(),
        start_ns: trace.start_ns,
        duration_ns,
        spansets: spansets.into_iter().map(|spanset| found_spanset(trace, request, spanset)).collect(),
        services,
    })
}

fn found_spanset(trace: &Trace, request: &SearchRequest, spanset: Spanset) -> FoundSpanset {
    let shown = spanset.spans.iter().take(request.spans_per_spanset);
    FoundSpanset {
        spans: shown.map(|span| found_span(&request.plan, SpanContext { trace, span: *span })).collect(),
        matched: spanset.spans.len(),
        attributes: spanset.attributes,
    }
}

fn found_span(plan: &Plan, at: SpanContext<'_>) -> FoundSpan {
    let span = &at.trace.spans[at.span];
    let mut attributes: Vec<(String, Value<'static>)> = Vec::new();
    let selected = plan.selected.iter().map(|attribute| (attribute, true));
    let named = plan.named.iter().filter(|attribute| !plan.selected.contains(attribute));
    for (attribute, selected) in selected.chain(named.map(|attribute| (attribute, false))) {
        let value = attribute_value(attribute, at);
        let shown = (selected || value.is_some()) && !is_shown_anyway(attribute);
        if shown && !attributes.iter().any(|(name, _)| name == attribute.name()) {
            attributes.push((attribute.name().to_owned(), value.into_owned()));
        }
    }
    let is_name = |attribute: &Attribute| *attribute == Attribute::Intrinsic(Intrinsic::Name);
    let asks_for_name = plan.named.iter().chain(&plan.selected).any(is_name);
    FoundSpan {
        id: span.id,
        name: asks_for_name.then(|| span.otlp.name.clone()),
        start_ns: span.start_ns(),
        duration_ns: span.duration_ns(),
        attributes,
    }
}

/// What the answer has fields for.
fn is_shown_anyway(attribute: &Attribute) -> bool {
    use Intrinsic::{Duration, Name, RootName, RootService, SpanId, TraceDuration, TraceId};
    let Attribute::Intrinsic(intrinsic) = attribute else { return false };
    matches!(intrinsic, Name | Duration | SpanId | TraceId | TraceDuration | RootName | RootService)
}
