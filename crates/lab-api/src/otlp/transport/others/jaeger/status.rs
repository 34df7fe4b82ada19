//! The status of a span, which Jaeger writes into its tags.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Status;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

use crate::otlp::transport::others::attributes::{take, take_text};

/// The status; the tags that said only that are taken out.
pub(super) fn status(attributes: &mut Vec<KeyValue>, kind: SpanKind) -> Option<Status> {
    let is_error = find(attributes, "error") == Some(&Value::BoolValue(true));
    let is_told = find(attributes, "otel.status_code").is_some();
    let told = take_text(attributes, "otel.status_code").map(|code| code.to_ascii_uppercase());
    if is_error {
        take(attributes, "error");
        let message = take_text(attributes, "otel.status_description").or_else(|| http_message(attributes));
        return Some(made(StatusCode::Error, message));
    }
    if is_told {
        let code = match told.as_deref() {
            Some("OK") => StatusCode::Ok,
            Some("ERROR") => StatusCode::Error,
            _ => StatusCode::Unset,
        };
        return Some(made(code, take_text(attributes, "otel.status_description")));
    }
    let http = match find(attributes, "http.status_code")? {
        Value::IntValue(code) => *code,
        Value::StringValue(code) => code.parse().ok()?,
        _ => return None,
    };
    let failed = match http {
        100..=399 => false,
        400..=499 => kind != SpanKind::Server,
        _ => true,
    };
    failed.then(|| made(StatusCode::Error, http_message(attributes)))
}

fn made(code: StatusCode, message: Option<String>) -> Status {
    Status { code: code as i32, message: message.unwrap_or_default() }
}

fn http_message(attributes: &[KeyValue]) -> Option<String> {
    match find(attributes, "http.status_message")? {
        Value::StringValue(text) => Some(text.clone()),
        _ => None,
    }
}

fn find<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    attributes.iter().find(|attribute| attribute.key == key)?.value.as_ref()?.value.as_ref()
}
