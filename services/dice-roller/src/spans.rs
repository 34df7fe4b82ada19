//! What the spans of dice-roller say, beside what every HTTP span says.

use opentelemetry::{Array, KeyValue, Value};
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::die::Specification;

/// The die that was asked for, on the SERVER span.
pub fn die_asked_for(span: &Span, name: &str) {
    span.set_attribute("die.type", name.to_owned());
}

/// The die that was found, on the SERVER span.
pub fn die_found(span: &Span, die: &Specification) {
    span.set_attribute("die.faces", Value::Array(Array::I64(die.faces().to_vec())));
    span.set_attribute("die.error_rate", die.error_rate());
}

/// The result of a single roll, on the SERVER span.
pub fn rolled(span: &Span, face: i64) {
    span.set_attribute("die.result", face);
}

/// A failed roll or batch, on the SERVER span, whose status the answer sets.
pub fn failed(span: &Span, failure: &str) {
    span.set_attribute("die.error", true);
    exception(span, failure);
}

/// A batch, before it is rolled, on its SERVER span.
pub fn batch(span: &Span, times: usize, strategy: &'static str) {
    span.set_attribute("async.batch_size", times as i64);
    span.set_attribute("async.strategy", strategy);
}

/// The result of a batch, on its SERVER span.
pub fn batch_rolled(span: &Span, total: i128) {
    span.set_attribute("async.total_result", i64::try_from(total).unwrap_or(i64::MAX));
}

/// Opens the span of one roll of a batch, below the current one.
pub fn async_roll(name: &str, index: usize) -> Span {
    tracing::info_span!(
        "async_roll",
        "async.roll_index" = index as i64,
        "die.type" = name,
        "die.result" = Empty,
        "die.error" = Empty,
        "async.cancelled" = Empty,
        otel.status_code = Empty,
        otel.status_description = Empty,
    )
}

/// The result of one roll of a batch, on its own span.
pub fn async_rolled(span: &Span, face: i64) {
    span.record("die.result", face);
}

/// A failed roll of a batch, on its own span.
pub fn async_failed(span: &Span, failure: &str) {
    span.record("die.error", true);
    span.record("otel.status_code", "ERROR");
    span.record("otel.status_description", failure);
    exception(span, failure);
}

/// A roll of a batch that was no longer wanted, on its own span.
pub fn async_cancelled(span: &Span) {
    span.record("async.cancelled", true);
}

/// The event by which OpenTelemetry reports an exception.
fn exception(span: &Span, message: &str) {
    let attributes =
        vec![KeyValue::new("exception.type", "DieError"), KeyValue::new("exception.message", message.to_owned())];
    span.add_event("exception", attributes);
}
