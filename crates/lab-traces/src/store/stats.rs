//! The counters of a trace store: what came, what was refused and why, what is held.

use lab_storage::{DamageReport, Wait};

/// Why a span was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rejection {
    /// The trace id is not sixteen bytes, or all zero.
    InvalidTraceId,
    /// The span id is not eight bytes, or all zero.
    InvalidSpanId,
    /// No start time, or one beyond the year 2262.
    InvalidTime,
    /// The trace has reached its limit of spans or bytes.
    TraceTooLarge,
    /// There are too many distinct resources and scopes.
    TooManyResources,
}

impl Rejection {
    /// All of them, in the order of [`Rejection::index`].
    pub const ALL: [Self; 5] =
        [Self::InvalidTraceId, Self::InvalidSpanId, Self::InvalidTime, Self::TraceTooLarge, Self::TooManyResources];

    /// Everything for which the store's account counts refused spans.
    pub(crate) const COUNTED: [&'static str; 8] = [
        Self::InvalidTraceId.as_str(),
        Self::InvalidSpanId.as_str(),
        Self::InvalidTime.as_str(),
        Self::TraceTooLarge.as_str(),
        Self::TooManyResources.as_str(),
        Wait::REASONS[0],
        Wait::REASONS[1],
        Wait::REASONS[2],
    ];

    /// A short name, for example for a metric's label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidTraceId => "invalid_trace_id",
            Self::InvalidSpanId => "invalid_span_id",
            Self::InvalidTime => "invalid_time",
            Self::TraceTooLarge => "trace_too_large",
            Self::TooManyResources => "too_many_resources",
        }
    }

    /// What the sender should know.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::InvalidTraceId => "trace_id must be 16 bytes and not all zero",
            Self::InvalidSpanId => "span_id must be 8 bytes and not all zero",
            Self::InvalidTime => "start_time_unix_nano must be set and before the year 2262",
            Self::TraceTooLarge => "the trace has reached its limit of spans or bytes",
            Self::TooManyResources => "too many distinct resources and scopes",
        }
    }

    /// Its place in [`Rejected`].
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// Spans rejected, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rejected([u64; Rejection::ALL.len()]);

impl Rejected {
    /// How many were rejected for this reason.
    pub fn of(&self, reason: Rejection) -> u64 {
        self.0[reason.index()]
    }

    /// How many in all.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub(crate) fn add(&mut self, reason: Rejection, spans: u64) {
        self.0[reason.index()] += spans;
    }

    /// One sentence that names each reason; empty if nothing was rejected.
    pub fn explanation(&self) -> String {
        let reasons = Rejection::ALL.into_iter().filter(|reason| self.of(*reason) > 0);
        let parts: Vec<_> = reasons.map(|reason| format!("{} × {}", self.of(reason), reason.explanation())).collect();
        parts.join("; ")
    }
}

/// What one export request came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Spans that were kept.
    pub accepted: u64,
    /// Spans that were there already, hence not stored again.
    pub repeated: u64,
    pub rejected: Rejected,
    /// Attribute values that were cut off.
    pub truncated_attributes: u64,
    /// Spans, kept like others, that begin more than ten minutes ahead of the clock.
    pub ahead: u64,
    /// A beginning that looks like a time in another unit than nanoseconds.
    pub other_unit: Option<i64>,
}

/// A store's counters since it was opened, and what it holds now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TraceStats {
    /// Spans taken and refused, values cut off.
    pub received: Received,
    /// Export requests refused whole because they were no protobuf.
    pub malformed_requests: u64,
    /// Spans that could not be kept at the moment, whose sender was told to send them again.
    pub refused_for_room: u64,
    /// Rows that are left out of answers because they cannot be trusted.
    pub damage: DamageReport,
    /// Spans removed because of their age.
    pub expired_spans: u64,
    /// Spans removed because of the size limit.
    pub evicted_spans: u64,
    /// Spans that wait for the disk.
    pub pending_spans: u64,
    /// Bytes that wait for the disk.
    pub pending_bytes: u64,
    /// Bytes of live data in the database.
    pub stored_bytes: u64,
    /// Start of the oldest stored fragment, in nanoseconds since the epoch.
    pub oldest_ns: Option<i64>,
    /// Distinct resources and scopes known.
    pub origins: usize,
    /// Why the last flush or clean-up failed; `None` once one has succeeded again.
    pub last_error: Option<String>,
}
