//! A trace put together from its fragments.

use std::collections::{HashMap, HashSet};

use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;

use crate::id::TraceId;
use crate::protobuf::span_key::{SpanKey, span_key};
use crate::store::buffer::StoredSpan;
use crate::store::limits::Limits;

/// All spans known of one trace.
#[derive(Clone, Debug)]
pub struct StoredTrace {
    pub id: TraceId,
    /// Its spans, each once, in the order of their arrival.
    pub spans: Vec<StoredSpan>,
    /// True if the trace is larger than what may be loaded, so that spans are missing.
    pub partial: bool,
    /// Encoded bytes of the spans.
    pub bytes: u64,
}

impl StoredTrace {
    /// The trace as it would be sent: spans grouped by resource and scope, in the order of their arrival.
    pub fn to_otlp(&self) -> Vec<ResourceSpans> {
        let mut resources: Vec<ResourceSpans> = Vec::new();
        // Origin → its place among the resources and their scopes.
        let mut places: HashMap<u32, (usize, usize)> = HashMap::new();
        for stored in &self.spans {
            let Ok(span) = Span::decode(stored.otlp.clone()) else { continue };
            let place =
                places.entry(stored.origin.id).or_insert_with(|| place(&mut resources, stored.origin.message()));
            resources[place.0].scope_spans[place.1].spans.push(span);
        }
        resources
    }
}

/// Where spans of this origin belong, made if it is the first of its resource or scope.
fn place(resources: &mut Vec<ResourceSpans>, origin: &ResourceSpans) -> (usize, usize) {
    let same = |known: &ResourceSpans| known.resource == origin.resource && known.schema_url == origin.schema_url;
    let resource = resources.iter().position(same).unwrap_or_else(|| {
        resources.push(ResourceSpans { scope_spans: Vec::new(), ..origin.clone() });
        resources.len() - 1
    });
    let scopes = &mut resources[resource].scope_spans;
    let scope = origin.scope_spans.first().cloned().unwrap_or_default();
    let same = |known: &ScopeSpans| known.scope == scope.scope && known.schema_url == scope.schema_url;
    let at = scopes.iter().position(same).unwrap_or_else(|| {
        scopes.push(scope.clone());
        scopes.len() - 1
    });
    (resource, at)
}

/// A trace in the making: each span once, within the limits.
#[derive(Debug)]
pub(crate) struct Merge {
    trace: StoredTrace,
    seen: HashSet<SpanKey>,
    max_bytes: u64,
    max_spans: u64,
}

impl Merge {
    /// Nothing yet. A trace may grow again after a pause: twice the limit is loaded at most.
    pub(crate) fn new(id: TraceId, limits: &Limits) -> Self {
        let (max_bytes, max_spans) = (limits.trace_bytes.saturating_mul(2), limits.trace_spans.saturating_mul(2));
        let trace = StoredTrace { id, spans: Vec::new(), partial: false, bytes: 0 };
        Self { trace, seen: HashSet::new(), max_bytes, max_spans }
    }

    /// Adds spans; those that are there already are left out. Rows of earlier versions may hold what was sent again, and a
    /// flush may have moved spans from memory to the disk while the trace was put together.
    pub(crate) fn add(&mut self, spans: impl IntoIterator<Item = StoredSpan>) {
        for span in spans {
            let new = span_key(&span.otlp).is_some_and(|key| self.seen.insert(key));
            if !new {
                continue;
            }
            let bytes = self.trace.bytes + span.otlp.len() as u64;
            if bytes > self.max_bytes || self.trace.spans.len() as u64 >= self.max_spans {
                self.trace.partial = true;
                return;
            }
            self.trace.bytes = bytes;
            self.trace.spans.push(span);
        }
    }

    /// The trace, if it has a span.
    pub(crate) fn finish(self) -> Option<StoredTrace> {
        (!self.trace.spans.is_empty()).then_some(self.trace)
    }
}
