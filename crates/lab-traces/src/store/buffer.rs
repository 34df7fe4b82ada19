//! Spans in memory: those since the last flush, and those of flushes that the disk has not taken yet.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use crate::id::{SpanId, TraceId};
use crate::ingest::request::ArrivedSpan;
use crate::protobuf::span_id::span_id;
use crate::store::index::origin::Origin;
use crate::store::index::summary::Summary;
use crate::store::limits::Limits;

/// A trace that gets no span for this long starts its limits anew, in nanoseconds.
const IDLE_NS: i64 = 10_000_000_000;
/// What a waiting span costs beyond its bytes.
const SPAN_OVERHEAD: u64 = 64;

/// Bytes of memory that a waiting span takes, roughly.
pub(crate) fn memory_of(otlp: &Bytes) -> u64 {
    otlp.len() as u64 + SPAN_OVERHEAD
}

/// Spans of one request that were beyond the limits of their trace.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TooMany {
    pub(crate) spans: u64,
    /// The memory that they would have taken.
    pub(crate) bytes: u64,
}

/// A span as it is kept: where it comes from, and its encoded bytes.
#[derive(Clone, Debug)]
pub struct StoredSpan {
    /// Its resource and scope.
    pub origin: Arc<Origin>,
    /// The encoded OTLP `Span`.
    pub otlp: Bytes,
}

impl StoredSpan {
    /// The span's id.
    pub fn id(&self) -> Option<SpanId> {
        span_id(&self.otlp).map(SpanId)
    }
}

/// The spans of one trace that arrived within one flush.
#[derive(Clone, Debug)]
pub(crate) struct Fragment {
    pub(crate) trace_id: TraceId,
    pub(crate) start_ns: i64,
    pub(crate) end_ns: i64,
    pub(crate) summary: Summary,
    pub(crate) spans: Vec<StoredSpan>,
}

/// Everything that arrived within one flush.
#[derive(Debug, Default)]
pub(crate) struct Generation {
    pub(crate) fragments: HashMap<TraceId, Arc<Fragment>>,
    pub(crate) spans: u64,
    pub(crate) bytes: u64,
}

/// All that waits for the disk.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    current: Generation,
    /// Handed to the disk, oldest first.
    sealed: VecDeque<Arc<Generation>>,
    live: HashMap<TraceId, LiveTrace>,
}

/// How much a trace has got so far.
#[derive(Debug, Default)]
struct LiveTrace {
    spans: u64,
    bytes: u64,
    touched_ns: i64,
}

impl Buffer {
    /// Takes spans in; answers those that are not taken because they are beyond the limits of their trace.
    pub(crate) fn append(&mut self, spans: Vec<ArrivedSpan>, now_ns: i64, limits: &Limits) -> TooMany {
        let mut too_many = TooMany::default();
        for span in spans {
            let size = span.otlp.len() as u64;
            let live = self.live.entry(span.trace_id).or_default();
            live.touched_ns = now_ns;
            if live.spans >= limits.trace_spans || live.bytes + size > limits.trace_bytes {
                too_many.spans += 1;
                too_many.bytes += memory_of(&span.otlp);
                continue;
            }
            live.spans += 1;
            live.bytes += size;
            self.current.add(span);
        }
        too_many
    }

    /// Ends the current generation; returns all that wait, oldest first.
    pub(crate) fn seal(&mut self, now_ns: i64) -> Vec<Arc<Generation>> {
        self.live.retain(|_, live| now_ns.saturating_sub(live.touched_ns) < IDLE_NS);
        if self.live.capacity() > 4 * self.live.len().max(1024) {
            self.live.shrink_to_fit();
        }
        if self.current.spans > 0 {
            self.sealed.push_back(Arc::new(std::mem::take(&mut self.current)));
        }
        self.sealed.iter().cloned().collect()
    }

    /// Forgets a generation that the disk has taken.
    pub(crate) fn remove(&mut self, generation: &Arc<Generation>) {
        self.sealed.retain(|sealed| !Arc::ptr_eq(sealed, generation));
    }

    /// Bytes that wait.
    pub(crate) fn bytes(&self) -> u64 {
        self.generations().map(|generation| generation.bytes).sum()
    }

    /// Spans that wait.
    pub(crate) fn spans(&self) -> u64 {
        self.generations().map(|generation| generation.spans).sum()
    }

    /// The waiting fragments of a trace, oldest first.
    pub(crate) fn of_trace(&self, id: TraceId) -> Vec<Arc<Fragment>> {
        self.generations().filter_map(|generation| generation.fragments.get(&id)).cloned().collect()
    }

    /// Every waiting fragment.
    pub(crate) fn all(&self) -> Vec<Arc<Fragment>> {
        self.generations().flat_map(|generation| generation.fragments.values()).cloned().collect()
    }

    fn generations(&self) -> impl Iterator<Item = &Generation> {
        self.sealed.iter().map(AsRef::as_ref).chain([&self.current])
    }
}

impl Generation {
    fn add(&mut self, span: ArrivedSpan) {
        self.spans += 1;
        self.bytes += memory_of(&span.otlp);
        let fragment = self.fragments.entry(span.trace_id).or_insert_with(|| {
            Arc::new(Fragment {
                trace_id: span.trace_id,
                start_ns: i64::MAX,
                end_ns: 0,
                summary: Summary::EMPTY,
                spans: Vec::new(),
            })
        });
        // Copies only while a query holds the fragment.
        let fragment = Arc::make_mut(fragment);
        fragment.start_ns = fragment.start_ns.min(span.start_ns);
        fragment.end_ns = fragment.end_ns.max(span.end_ns);
        fragment.summary.merge(&span.summary);
        fragment.spans.push(StoredSpan { origin: span.origin, otlp: span.otlp });
    }
}
