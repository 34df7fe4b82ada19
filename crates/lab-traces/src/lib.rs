//! Traces: the span model, the trace store and TraceQL.
//!
//! [`TraceStore`] takes OTLP export requests as encoded bytes ([`ingest`]) and keeps spans as they came;
//! [`traceql`] is the language, [`query`] holds the questions that a store answers in it, [`span`] is what
//! a trace looks like once it is decoded, [`span_metrics`] are computed while spans arrive. Time is always an argument.

pub(crate) mod columns;
pub mod id;
pub(crate) mod ingest;
pub(crate) mod protobuf;
pub mod query;
pub mod span;
pub mod span_metrics;
pub(crate) mod store;
pub mod traceql;

pub use id::{IdError, SpanId, TraceId};
pub use protobuf::fields::WireError;
pub use store::TraceStore;
pub use store::buffer::StoredSpan;
pub use store::error::AppendError;
pub use store::index::origin::Origin;
pub use store::index::summary::Trait;
pub use store::limits::Limits;
pub use store::select::candidates::{Candidate, Candidates};
pub use store::select::trace::StoredTrace;
pub use store::stats::{Received, Rejected, Rejection, TraceStats};
