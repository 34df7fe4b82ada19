//! Traces: the span model, the trace store and TraceQL.
//!
//! [`TraceStore`] takes OTLP export requests as encoded bytes and keeps spans as they came;
//! [`traceql`] is the language, [`search`] asks a store in it. Time is always an argument.

pub mod id;
pub(crate) mod store;
pub(crate) mod wire;

pub use id::{IdError, SpanId, TraceId};
pub use store::limits::{Limits, Retention};
pub use store::origin::Origin;
pub use store::pending::StoredSpan;
pub use store::scan::{Candidate, Candidates};
pub use store::stats::{Received, Rejected, Rejection, TraceStats};
pub use store::summary::Trait;
pub use store::{AppendError, StoredTrace, TraceStore};
pub use wire::fields::WireError;
