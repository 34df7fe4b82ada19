//! Error bodies: RFC 9457 `application/problem+json`.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::signals::traces::context::{Hex, SpanIds};

/// Media type of problem bodies.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// An error answer: `{"type","title","status","detail","trace_id","errors":[{"param","message"}]}`.
///
/// `trace_id` is the trace of the request in which the problem is turned into a response; `errors` is left out
/// when it is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    errors: Vec<ParamError>,
}

/// What is wrong with one parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParamError {
    /// Name of the query parameter.
    pub param: String,
    /// What is wrong, in words.
    pub message: String,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ParamError],
}

impl Problem {
    /// `detail` is a sentence for a person; the title is the standard phrase of `status`.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), errors: Vec::new() }
    }

    /// 422 with all parameter mistakes; `detail` repeats them in one sentence.
    pub fn invalid_parameters(errors: Vec<ParamError>) -> Self {
        let detail = errors.iter().map(|e| format!("{}: {}", e.param, e.message)).collect::<Vec<_>>().join("; ");
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, detail, errors }
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The sentence for a person.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Mistakes by parameter; empty unless it is about parameters.
    pub fn errors(&self) -> &[ParamError] {
        &self.errors
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let trace_id = SpanIds::current().map(|ids| ids.trace_id_hex());
        let body = Body {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            trace_id: trace_id.as_ref().map(Hex::as_str),
            errors: &self.errors,
        };
        // A struct of strings and numbers always serialises.
        let body = serde_json::to_vec(&body).unwrap_or_default();
        (self.status, [(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON))], body).into_response()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use serde_json::{Value, json};

    use super::*;

    async fn body(problem: Problem) -> Value {
        let response = problem.into_response();
        assert_eq!(response.headers()[CONTENT_TYPE], PROBLEM_JSON);
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        serde_json::from_slice(&bytes).expect("JSON")
    }

    #[tokio::test]
    async fn a_problem_says_what_is_wrong() {
        let problem = Problem::new(StatusCode::NOT_FOUND, "No die \"x\". Known: fair");
        let expected =
            json!({"type": "about:blank", "title": "Not Found", "status": 404, "detail": "No die \"x\". Known: fair"});
        assert_eq!(body(problem).await, expected);
    }

    #[tokio::test]
    async fn a_422_lists_every_parameter() {
        let error = |param: &str, message: &str| ParamError { param: param.into(), message: message.into() };
        let problem = Problem::invalid_parameters(vec![error("die", "is missing"), error("times", "is not a number")]);
        let body = body(problem).await;
        assert_eq!(body["detail"], "die: is missing; times: is not a number");
        assert_eq!(body["errors"][1], json!({"param": "times", "message": "is not a number"}));
    }

    #[tokio::test]
    async fn inside_a_request_it_names_the_trace() {
        let _recorder = crate::signals::recorder::Recorder::install("telemetry");
        let span = tracing::info_span!("request");
        let entered = span.enter();
        let ids = SpanIds::current().expect("a span");
        let response = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "no").into_response();
        drop(entered);
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        let body: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(body["trace_id"], ids.trace_id_hex().as_str());
    }
}
