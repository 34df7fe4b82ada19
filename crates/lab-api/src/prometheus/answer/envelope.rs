//! The envelope around every good answer: `{"status":"success","data":…,"warnings":[…],"infos":[…]}`.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::prometheus::error::PrometheusError;

/// What every handler answers.
pub(crate) type Answer = Result<Response, PrometheusError>;

/// Data in the envelope.
pub(crate) fn success(data: &impl Serialize) -> Answer {
    success_with(data, &[])
}

/// Data in the envelope, with warnings if there are any.
pub(crate) fn success_with(data: &impl Serialize, warnings: &[String]) -> Answer {
    let data = serde_json::to_string(data).map_err(PrometheusError::internal)?;
    Ok(response(around(|out| out.push_str(&data), warnings, &[])))
}

/// The envelope around the JSON that `data` writes.
pub(crate) fn around(data: impl FnOnce(&mut String), warnings: &[String], infos: &[String]) -> String {
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
pub(crate) fn response(body: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}
