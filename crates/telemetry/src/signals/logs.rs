//! Log lines: one JSON object per `tracing` event on standard output, and nothing else there.
//!
//! `{"timestamp","level","message","service","logger","trace_id","span_id", …fields}`, flat; the ids only when a
//! span is entered. Lines go through a queue bounded by bytes to one writer thread; a full queue drops and counts.
//!
//! Numbers, booleans and strings are logged as such, `%value` and `?value` as strings, and anything else that
//! serialises through [`json::json`]:
//!
//! ```
//! let rolls = [4, 6, 1];
//! tracing::info!(total = 11, rolls = telemetry::logs::json(&rolls), "Async roll batch completed");
//! ```

pub(crate) mod filter;
pub mod json;
pub(crate) mod layer;
pub(crate) mod line;
pub(crate) mod writer;
