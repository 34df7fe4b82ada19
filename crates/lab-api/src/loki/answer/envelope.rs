//! What stands around every JSON answer: `status`, `data`, and of a query its statistics and warnings.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use lab_model::Labels;
use serde::Serialize;
use serde_json::{Value, json};

use crate::loki::answer::statistics::Statistics;

/// A JSON body.
pub(crate) fn json_response(body: &Value) -> Response {
    ([(CONTENT_TYPE, "application/json; charset=UTF-8")], body.to_string()).into_response()
}

/// Some data without statistics.
pub(crate) fn success(data: impl Serialize) -> Response {
    json_response(&json!({"status": "success", "data": data}))
}

/// How Loki says that there are no labels or values.
pub(crate) const EMPTY: &str = r#"{"status":"success"}"#;

/// An answer that is a list, written.
pub(crate) fn list(data: &impl Serialize) -> String {
    list_saying(data, &[])
}

/// The same, with what is to be known about it.
pub(crate) fn list_saying(data: &impl Serialize, warnings: &[String]) -> String {
    serde_json::to_string(&List { status: "success", data, warnings }).unwrap_or_default()
}

#[derive(Serialize)]
struct List<'a, T> {
    status: &'static str,
    data: &'a T,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    warnings: &'a [String],
}

/// What is said beside the result of a query.
#[derive(Debug)]
pub(crate) struct Beside<'a> {
    /// Hints, for example why nothing was found.
    pub(crate) warnings: &'a [String],
    pub(crate) statistics: Statistics,
}

/// The body of a good answer, written without a copy of the result in between.
pub(crate) fn body(kind: &'static str, flags: &[&str], result: &impl Serialize, beside: &Beside<'_>) -> String {
    let data = Data { result_type: kind, encoding_flags: flags, result, stats: &beside.statistics };
    serde_json::to_string(&Envelope { status: "success", data, warnings: beside.warnings }).unwrap_or_default()
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    status: &'static str,
    data: Data<'a, T>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    warnings: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a, T> {
    result_type: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    encoding_flags: &'a [&'a str],
    result: &'a T,
    stats: &'a Statistics,
}

/// About how many bytes labels take.
pub(crate) fn labels_length(labels: &Labels) -> usize {
    labels.text_bytes() + labels.len() * r#""":"","#.len() + r#"{"metric":{},"values":[]},"#.len()
}
