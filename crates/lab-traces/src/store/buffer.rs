//! Spans in memory: those since the last flush, and those of flushes that the disk has not taken yet.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use crate::id::{SpanId, TraceId};
use crate::ingest::request::ArrivedSpan;
use crate::protobuf::span_key::{SpanKey, span_key};
use crate::store::index::origin::Origin;
use crate::store::index::stored::StoredTraces;
use crate::store::index::summary::Summary;
use crate::store::limits::Limits;

/// A trace that gets no span for this long starts its limits anew, in nanoseconds.
const IDLE_NS: i64 = 10_000_000_000;
/// Spans of live traces that are remembered; when there are more, those on disk are looked up there.
const REMEMBERED: usize = 500_000;
/// What a waiting span costs beyond its bytes.
const SPAN_OVERHEAD: u64 = 64;

/// Bytes of memory that a waiting span takes, roughly.
pub(crate) fn memory_of(otlp: &Bytes) -> u64 {
    otlp.len() as u64 + SPAN_OVERHEAD
}

/// Spans of one request that were not taken.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NotTaken {
    /// Those that were there already.
    pub(crate) repeated: u64,
    /// Those beyond the limits of their trace.
    pub(crate) too_many: u64,
    /// The memory that all of them would have taken.
    pub(crate) bytes: u64,
}

/// What identifies the spans of a trace that are on disk, and from when to when its fragments are.
#[derive(Debug, Default)]
pub(crate) struct OnDisk {
    pub(crate) keys: HashSet<SpanKey>,
    pub(crate) reach: Option<(i64, i64)>,
}

/// Traces that were looked up on disk for one request.
#[derive(Debug, Default)]
pub(crate) struct LookedUp {
    pub(crate) traces: HashMap<TraceId, OnDisk>,
    /// How many generations the disk had taken then.
    taken: u64,
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
        span_key(&self.otlp).map(|key| SpanId(key.id))
    }
}

/// The spans of one trace that arrived within one flush.
#[derive(Clone, Debug)]
pub(crate) struct Fragment {
    pub(crate) trace_id: TraceId,
    pub(crate) start_ns: i64,
    pub(crate) end_ns: i64,
    /// From the first start to the last end of its trace, as far as is known.
    pub(crate) reach: (i64, i64),
    pub(crate) summary: Summary,
    pub(crate) spans: Vec<StoredSpan>,
}

/// Everything that arrived within one flush.
#[derive(Debug, Default)]
pub(crate) struct Generation {
    pub(crate) fragments: HashMap<TraceId, Arc<Fragment>>,
    pub(crate) spans: u64,
    pub(crate) bytes: u64,
    /// The last record of the journal whose spans are in this generation or an earlier one.
    pub(crate) record: Option<u64>,
}

/// All that waits for the disk.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    current: Generation,
    /// Handed to the disk, oldest first.
    sealed: VecDeque<Arc<Generation>>,
    live: HashMap<TraceId, LiveTrace>,
    /// Spans that live traces remember.
    remembered: usize,
    /// The traces on disk.
    stored: StoredTraces,
    /// How many generations the disk has taken.
    taken: u64,
    /// The number of the last fragment that the disk has taken.
    last_fragment: i64,
}

/// How much a trace has got so far.
#[derive(Debug, Default)]
struct LiveTrace {
    /// Every span of it, here and on disk; `None` if that has to be found out.
    known: Option<HashSet<SpanKey>>,
    /// From the first start to the last end, in nanoseconds.
    reach: Option<(i64, i64)>,
    spans: u64,
    bytes: u64,
    touched_ns: i64,
}

/// The shortest range of time in which both lie.
pub(crate) fn hull(one: (i64, i64), other: (i64, i64)) -> (i64, i64) {
    (one.0.min(other.0), one.1.max(other.1))
}

impl Buffer {
    /// An empty buffer over a disk with these traces, in fragments with numbers up to `last_fragment`.
    pub(crate) fn new(stored: StoredTraces, last_fragment: i64) -> Self {
        Self { stored, last_fragment, ..Self::default() }
    }

    /// The traces that have to be looked up on disk before these spans can be taken, apart from what was looked up
    /// already. What a flush has moved to the disk since has to be looked up again.
    pub(crate) fn to_look_up(&self, spans: &[ArrivedSpan], looked_up: &mut LookedUp) -> HashSet<TraceId> {
        if looked_up.taken != self.taken {
            *looked_up = LookedUp { taken: self.taken, ..LookedUp::default() };
        }
        let (mut wanted, mut last) = (HashSet::new(), None);
        for id in spans.iter().map(|span| span.trace_id) {
            if last.replace(id) == Some(id) || looked_up.traces.contains_key(&id) {
                continue;
            }
            let known = self.live.get(&id).is_some_and(|live| live.known.is_some());
            if !known && self.stored.may_hold(id) {
                wanted.insert(id);
            }
        }
        wanted
    }

    /// Takes spans in, apart from those that are there already and those beyond the limits of their trace. What
    /// [`Buffer::to_look_up`] wanted has been looked up. `on_taken` is shown each span that is taken.
    pub(crate) fn append(
        &mut self,
        spans: Vec<ArrivedSpan>,
        mut looked_up: LookedUp,
        (now_ns, limits): (i64, &Limits),
        mut on_taken: impl FnMut(&ArrivedSpan),
    ) -> NotTaken {
        let mut not_taken = NotTaken::default();
        for span in spans {
            let (id, size) = (span.trace_id, span.otlp.len() as u64);
            if self.live.get(&id).is_none_or(|live| live.known.is_none()) {
                let OnDisk { mut keys, reach } = looked_up.traces.remove(&id).unwrap_or_default();
                let waiting = self.of_trace(id);
                keys.extend(waiting.iter().flat_map(|fragment| fragment.keys()));
                self.remembered += keys.len();
                let live = self.live.entry(id).or_default();
                let reaches = waiting.iter().map(|fragment| fragment.reach).chain(reach).chain(live.reach);
                (live.known, live.reach) = (Some(keys), reaches.reduce(hull));
            }
            let live = self.live.entry(id).or_default();
            live.touched_ns = now_ns;
            let known = live.known.get_or_insert_default();
            if known.contains(&span.key) {
                not_taken.repeated += 1;
                not_taken.bytes += memory_of(&span.otlp);
                continue;
            }
            if live.spans >= limits.trace_spans || live.bytes + size > limits.trace_bytes {
                not_taken.too_many += 1;
                not_taken.bytes += memory_of(&span.otlp);
                continue;
            }
            known.insert(span.key);
            self.remembered += 1;
            live.spans += 1;
            live.bytes += size;
            let own = (span.start_ns, span.end_ns);
            let reach = live.reach.map_or(own, |reach| hull(reach, own));
            live.reach = Some(reach);
            on_taken(&span);
            self.current.add(span, reach);
        }
        not_taken
    }

    /// Ends the current generation, with the last record of the journal so far; returns all that wait, oldest first.
    pub(crate) fn seal(&mut self, now_ns: i64, record: Option<u64>) -> Vec<Arc<Generation>> {
        self.live.retain(|_, live| now_ns.saturating_sub(live.touched_ns) < IDLE_NS);
        self.remembered = self.live.values().map(|live| live.known.as_ref().map_or(0, HashSet::len)).sum();
        if self.remembered > REMEMBERED {
            self.live.values_mut().for_each(|live| live.known = None);
            self.remembered = 0;
        }
        if self.live.capacity() > 4 * self.live.len().max(1024) {
            self.live.shrink_to_fit();
        }
        if self.current.spans > 0 {
            let current = std::mem::take(&mut self.current);
            self.sealed.push_back(Arc::new(Generation { record, ..current }));
        }
        self.sealed.iter().cloned().collect()
    }

    /// Forgets a generation that the disk has taken; its last fragment has this number there.
    pub(crate) fn remove(&mut self, generation: &Arc<Generation>, last_fragment: i64) {
        self.sealed.retain(|sealed| !Arc::ptr_eq(sealed, generation));
        self.taken += 1;
        self.last_fragment = last_fragment;
        for id in generation.fragments.keys() {
            self.stored.add(*id, last_fragment);
        }
    }

    /// Forgets traces whose fragments on disk all have numbers below this one.
    pub(crate) fn forget_before(&mut self, fragment: i64) {
        self.stored.forget_before(fragment);
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

    /// The number of the last fragment that the disk has taken: all later ones on disk are those that wait.
    pub(crate) fn last_fragment(&self) -> i64 {
        self.last_fragment
    }

    fn generations(&self) -> impl Iterator<Item = &Generation> {
        self.sealed.iter().map(AsRef::as_ref).chain([&self.current])
    }
}

impl Fragment {
    /// True if a span of it may lie in a range of time.
    pub(crate) fn overlaps(&self, (start_ns, end_ns): (i64, i64)) -> bool {
        self.start_ns <= end_ns && self.end_ns >= start_ns
    }

    /// What identifies its spans.
    fn keys(&self) -> impl Iterator<Item = SpanKey> {
        self.spans.iter().filter_map(|span| span_key(&span.otlp))
    }
}

impl Generation {
    fn add(&mut self, span: ArrivedSpan, reach: (i64, i64)) {
        self.spans += 1;
        self.bytes += memory_of(&span.otlp);
        let fragment = self.fragments.entry(span.trace_id).or_insert_with(|| {
            Arc::new(Fragment {
                trace_id: span.trace_id,
                start_ns: i64::MAX,
                end_ns: 0,
                reach,
                summary: Summary::EMPTY,
                spans: Vec::new(),
            })
        });
        // Copies only while a query holds the fragment.
        let fragment = Arc::make_mut(fragment);
        fragment.start_ns = fragment.start_ns.min(span.start_ns);
        fragment.end_ns = fragment.end_ns.max(span.end_ns);
        fragment.reach = hull(fragment.reach, reach);
        fragment.summary.merge(&span.summary);
        fragment.spans.push(StoredSpan { origin: span.origin, otlp: span.otlp });
    }
}
