//! Attributes and failures of the current span, for what a handler learns on its way.

use opentelemetry::trace::Status;
use opentelemetry::{Array, KeyValue, Value};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Sets an attribute of the current span: text, `bool`, `i64` or `f64`; see [`ints`] for lists. Without a span, or
/// in one that is not sampled, nothing happens.
pub fn set(key: &'static str, value: impl Into<Value>) {
    Span::current().set_attribute(key, value);
}

/// A list of whole numbers as attribute value.
pub fn ints(values: &[i64]) -> Value {
    Value::Array(Array::I64(values.to_vec()))
}

/// The current span has failed: status ERROR with `message`, and an `exception` event of type `kind`.
pub fn fail(kind: &'static str, message: &str) {
    let span = Span::current();
    let attributes =
        vec![KeyValue::new("exception.type", kind), KeyValue::new("exception.message", message.to_owned())];
    span.add_event("exception", attributes);
    span.set_status(Status::error(message.to_owned()));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::signals::recorder::Recorder;

    #[test]
    fn the_current_span_takes_attributes_and_failures() {
        let recorder = Recorder::install("telemetry");
        set("die.type", "nowhere");
        tracing::info_span!("roll").in_scope(|| {
            set("die.type", "fair");
            set("die.faces", ints(&[1, -2]));
            set("die.error_rate", 0.5);
            fail("RollError", "the die failed");
        });
        let span = recorder.spans().remove(0);
        assert_eq!(json!(span.attributes), json!({"die.type": "fair", "die.faces": [1, -2], "die.error_rate": 0.5}));
        assert_eq!((span.error, span.events.as_slice()), (true, &["exception".to_owned()][..]));
    }
}
