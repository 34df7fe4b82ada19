//! A trace decoded for evaluation: its spans, who is whose parent, and where it begins and ends.

pub mod kind;
pub(crate) mod tree;

use std::sync::Arc;

use opentelemetry_proto::tonic::trace::v1::Span as OtlpSpan;
use prost::Message;

use crate::id::{SpanId, TraceId};
use crate::span::kind::{Kind, Status};
use crate::store::buffer::StoredSpan;
use crate::store::index::origin::Origin;

/// What an answer shows as the service of a root span that has not arrived, or that does not name its service, as in Tempo.
pub const MISSING_ROOT: &str = "<root span not yet received>";

/// A decoded trace; never without a span.
#[derive(Clone, Debug)]
pub struct Trace {
    pub id: TraceId,
    /// Its spans by start.
    pub spans: Vec<Span>,
    /// Index of the span without a parent that began first.
    pub root: Option<usize>,
    /// The first start, in nanoseconds since the epoch.
    pub start_ns: i64,
    /// The last end, in nanoseconds since the epoch.
    pub end_ns: i64,
}

/// A decoded span.
#[derive(Clone, Debug)]
pub struct Span {
    pub id: SpanId,
    /// Its parent's id; the parent may be missing.
    pub parent_id: Option<SpanId>,
    /// Its resource and scope.
    pub origin: Arc<Origin>,
    /// Everything that was sent.
    pub otlp: OtlpSpan,
    /// Index of its parent in the trace.
    pub parent: Option<usize>,
    /// How many spans of the trace name it as parent.
    pub children: usize,
    /// Depth-first number on the way in; 0 if it is in a circle of parents.
    pub left: i64,
    /// Depth-first number on the way out.
    pub right: i64,
    /// True if it hangs under a root: a span that names no parent.
    pub is_rooted: bool,
}

impl Trace {
    /// Decodes spans; `None` if there is none. What cannot be decoded is left out.
    pub fn decode<'a>(id: TraceId, stored: impl IntoIterator<Item = &'a StoredSpan>) -> Option<Self> {
        let decoded = stored.into_iter().filter_map(|stored| {
            let otlp = OtlpSpan::decode(stored.otlp.clone()).ok()?;
            Some(Span::new(SpanId::from_bytes(&otlp.span_id)?, Arc::clone(&stored.origin), otlp))
        });
        Self::new(id, decoded.collect())
    }

    fn new(id: TraceId, mut spans: Vec<Span>) -> Option<Self> {
        spans.sort_by_key(|span| (span.start_ns(), span.id));
        let ids: Vec<_> = spans.iter().map(|span| (span.id, span.parent_id, span.kind())).collect();
        for (span, position) in spans.iter_mut().zip(tree::positions(&ids)) {
            (span.parent, span.children) = (position.parent, position.children);
            (span.left, span.right, span.is_rooted) = (position.left, position.right, position.is_rooted);
        }
        let start_ns = spans.iter().map(Span::start_ns).min()?;
        let end_ns = spans.iter().map(Span::end_ns).max()?;
        let root = spans.iter().position(|span| span.parent_id.is_none());
        Some(Self { id, spans, root, start_ns, end_ns })
    }

    /// From the first start to the last end, in nanoseconds.
    pub fn duration_ns(&self) -> i64 {
        self.end_ns - self.start_ns
    }

    /// The root span's name; empty while it has not arrived.
    pub fn root_name(&self) -> &str {
        self.root.map_or("", |root| &self.spans[root].otlp.name)
    }

    /// The root span's service; empty while it has not arrived.
    pub fn root_service(&self) -> &str {
        self.root.map_or("", |root| self.spans[root].origin.service_name())
    }
}

impl Span {
    fn new(id: SpanId, origin: Arc<Origin>, otlp: OtlpSpan) -> Self {
        let parent_id = SpanId::from_bytes(&otlp.parent_span_id);
        Self { id, parent_id, origin, otlp, parent: None, children: 0, left: 0, right: 0, is_rooted: false }
    }

    /// Start in nanoseconds since the epoch.
    pub fn start_ns(&self) -> i64 {
        self.otlp.start_time_unix_nano as i64
    }

    /// End in nanoseconds since the epoch, never before the start.
    pub fn end_ns(&self) -> i64 {
        (self.otlp.end_time_unix_nano as i64).max(self.start_ns())
    }

    /// Nanoseconds from start to end.
    pub fn duration_ns(&self) -> i64 {
        self.end_ns() - self.start_ns()
    }

    pub fn kind(&self) -> Kind {
        Kind::from_otlp(self.otlp.kind)
    }

    pub fn status(&self) -> Status {
        self.otlp.status.as_ref().map_or(Status::Unset, |status| Status::from_otlp(status.code))
    }
}
