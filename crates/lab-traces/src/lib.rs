//! Traces: the span model, the trace store and TraceQL.
//!
//! [`TraceStore`] takes OTLP export requests as encoded bytes ([`ingest`]) and keeps spans as they came;
//! [`traceql`] is the language, [`query`] holds the questions that a store answers in it, [`span`] is what
//! a trace looks like once it is decoded. Time is always an argument.

pub mod id;
pub(crate) mod ingest;
pub(crate) mod protobuf;
pub mod query;
pub mod span;
pub(crate) mod store;
pub mod traceql;

pub use id::{IdError, SpanId, TraceId};
pub use protobuf::fields::WireError;
pub use store::limits::{Limits, Retention};
pub use store::merge::StoredTrace;
pub use store::origin::Origin;
pub use store::pending::StoredSpan;
pub use store::scan::{Candidate, Candidates};
pub use store::stats::{Received, Rejected, Rejection, TraceStats};
pub use store::summary::Trait;
pub use store::{AppendError, TraceStore};
