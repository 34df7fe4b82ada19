//! The envelope around every good answer: `{"status":"success","data":…,"warnings":[…],"infos":[…]}`.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::error::{ErrorType, PrometheusError};

/// What every handler answers.
pub(super) type Answer = Result<Response, PrometheusError>;

/// Data in the envelope.
pub(super) fn success(data: &impl Serialize) -> Answer {
    success_with(data, &[])
}

/// Data in the envelope, with warnings if there are any.
pub(super) fn success_with(data: &impl Serialize, warnings: &[String]) -> Answer {
    let data =
        serde_json::to_string(data).map_err(|error| PrometheusError::new(ErrorType::Internal, error.to_string()))?;
    Ok(response(around(|out| out.push_str(&data), warnings, &[])))
}

/// The envelope around the JSON that `data` writes.
pub(super) fn around(data: impl FnOnce(&mut String), warnings: &[String], infos: &[String]) -> String {
    let mut body = String::with_capacity(1024);
    body.push_str(r#"{"status":"success","data":"#);
    data(&mut body);
    for (name, notes) in [("warnings", warnings), ("infos", infos)] {
        if !notes.is_empty() {
            let notes = serde_json::to_string(notes).unwrap_or_default();
            body.extend([",\"", name, "\":", &notes]);
        }
    }
    body.push('}');
    body
}

/// A written envelope as an answer.
pub(super) fn response(body: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}
