//! In which form an answer is written: protobuf or the short form for language models for a client that accepts it, and else
//! JSON.

use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CONTENT_TYPE, WARNING};
use http::{HeaderMap, HeaderValue};
use prost::Message;

use crate::tempo::answer::json::Written;

/// What a client accepts that wants the short form.
const FOR_MODELS: &str = "application/vnd.grafana.llm";

/// A message, and why something is missing from it.
#[derive(Debug)]
pub(crate) struct Answer<M> {
    pub(crate) message: M,
    pub(crate) missing: Option<String>,
}

/// The answer in the form that the client accepts.
pub(crate) fn respond<M: Message + Written>(headers: &HeaderMap, answer: Answer<M>) -> Response {
    if wants_short(headers)
        && let Some(short) = answer.message.short(answer.missing.as_deref())
    {
        return ([(CONTENT_TYPE, "application/vnd.grafana.llm+json")], short.to_string()).into_response();
    }
    let Answer { message, missing } = answer;
    if !wants_protobuf(headers) {
        return json(message.written(missing.as_deref()));
    }
    let mut response = protobuf(&message);
    // Most messages have no field for it.
    let warning = missing.and_then(|why| HeaderValue::from_str(&format!("199 - {why:?}")).ok());
    if let Some(warning) = warning {
        response.headers_mut().insert(WARNING, warning);
    }
    response
}

/// True if the client accepts protobuf.
pub(crate) fn wants_protobuf(headers: &HeaderMap) -> bool {
    let accept = accepted(headers);
    accept.contains("application/protobuf") || accept.contains("application/x-protobuf")
}

/// True if the client accepts the short form for language models, and neither protobuf nor JSON.
fn wants_short(headers: &HeaderMap) -> bool {
    let accept = accepted(headers);
    accept.contains(FOR_MODELS) && !accept.contains("application/json") && !wants_protobuf(headers)
}

fn accepted(headers: &HeaderMap) -> &str {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// A response that is JSON already.
pub(crate) fn json(body: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

/// A response of protobuf.
pub(crate) fn protobuf(message: &impl Message) -> Response {
    ([(CONTENT_TYPE, "application/protobuf")], message.encode_to_vec()).into_response()
}
