//! What is no OTLP and is received beside it: spans of Zipkin and Jaeger, and what the Faro web SDK sends.
//!
//! | Path | Body | Answer |
//! |---|---|---|
//! | `/api/v2/spans` | Zipkin's JSON, version 2 | 202 |
//! | `/api/traces` | a Jaeger batch in Thrift's binary protocol | 202 |
//! | `/collect` | Faro's JSON | 202, `ok` |
//!
//! Spans become OTLP as the Collector's translators make them, and go the same way from there.

mod attributes;
mod faro;
mod handlers;
mod jaeger;
pub(super) mod routes;
mod zipkin;

#[cfg(test)]
mod tests;
