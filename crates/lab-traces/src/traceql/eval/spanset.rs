//! Spans of one trace that belong together.

use crate::span::Trace;
use crate::traceql::value::Value;

/// Spans of a trace that a query selected together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spanset {
    /// Indices into the trace's spans, ascending; never empty in a result.
    pub spans: Vec<usize>,
    /// What `by()` and aggregates found, under the names that the query gives them.
    pub attributes: Vec<(String, Value<'static>)>,
}

impl Spanset {
    /// Every span of a trace.
    pub(crate) fn whole(trace: &Trace) -> Self {
        Self { spans: (0..trace.spans.len()).collect(), attributes: Vec::new() }
    }

    /// The spans of several spansets, each once, without what was found of them.
    pub(crate) fn merged(spansets: Vec<Self>) -> Self {
        let mut spans: Vec<usize> = spansets.into_iter().flat_map(|spanset| spanset.spans).collect();
        spans.sort_unstable();
        spans.dedup();
        Self { spans, attributes: Vec::new() }
    }
}

/// A span in its trace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanContext<'a> {
    pub(crate) trace: &'a Trace,
    /// The index of the span.
    pub(crate) span: usize,
}
