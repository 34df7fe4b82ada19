//! What is said of damaged data in every answer of a product, whichever endpoint gives it.
//!
//! A row that cannot be trusted is left out by the store. Its damage log knows the moment at which that happened, so one
//! layer around a router can say it: as `warnings` in the envelopes of Prometheus and Loki, as `status` and `message` in
//! Tempo's answers; where there is no envelope (protobuf, `/federate`) as a header of HTTP, and as a comment of the text
//! format. As long as nothing is damaged, answers pass unread.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, WARNING};
use http::{HeaderValue, StatusCode};
use lab_storage::SignalStore;
use serde_json::{Value, json};

/// How a product says that its answer is not whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saying {
    /// `"warnings": […]`, as Prometheus and Loki do.
    Warnings,
    /// `"status": "PARTIAL", "message": …`, as Tempo does.
    Partial,
}

/// Says in every JSON answer of a router what the store found damaged while it was made.
pub(crate) fn said<S>(router: Router<S>, store: Arc<dyn SignalStore>, saying: Saying) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    router.layer(middleware::from_fn_with_state((store, saying), answer))
}

async fn answer(
    State((store, saying)): State<(Arc<dyn SignalStore>, Saying)>,
    request: Request,
    next: Next,
) -> Response {
    let before = store.place().1.moment();
    let response = next.run(request).await;
    let Some(sentence) = store.place().1.since(before) else { return response };
    if is_json(&response) {
        with(response, saying, &sentence).await
    } else if response.status().is_success() {
        beside(response, &sentence).await
    } else if saying == Saying::Partial && response.status() == StatusCode::NOT_FOUND {
        // What was not found may have been left out.
        (StatusCode::NOT_FOUND, sentence).into_response()
    } else {
        response
    }
}

fn is_json(response: &Response) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    response.status().is_success() && content_type.starts_with("application/json")
}

/// Says it where there is no envelope: in the header that HTTP has for it and, in the text format of Prometheus, as a comment.
async fn beside(response: Response, sentence: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    let plain = sentence.replace(['"', '\\', '\n'], "'");
    if let Ok(value) = HeaderValue::from_str(&format!("199 dicelab \"{plain}\"")) {
        parts.headers.insert(WARNING, value);
    }
    let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !content_type.starts_with("text/plain; version=") {
        return Response::from_parts(parts, body);
    }
    // The answer is whole in memory already.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else { return Response::from_parts(parts, Body::empty()) };
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from([format!("# {plain}\n").as_bytes(), &bytes].concat()))
}

async fn with(response: Response, saying: Saying, sentence: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    // The answer is whole in memory already.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else { return Response::from_parts(parts, Body::empty()) };
    let Ok(Value::Object(mut object)) = serde_json::from_slice(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    match saying {
        Saying::Warnings => {
            let warnings = object.entry("warnings").or_insert_with(|| json!([]));
            if let Value::Array(warnings) = warnings {
                warnings.push(sentence.into());
            }
        }
        Saying::Partial => {
            let known = object.get("message").and_then(Value::as_str).filter(|message| !message.is_empty());
            let message = known.map_or_else(|| sentence.to_owned(), |known| format!("{known}; {sentence}"));
            object.insert("status".into(), "PARTIAL".into());
            object.insert("message".into(), message.into());
        }
    }
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(Value::Object(object).to_string()))
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use lab_logs::{Limits, LogStore};
    use lab_storage::{Location, Unreadable};
    use lab_testkit::server::TestServer;

    use super::*;

    /// What a route answers; `met` says whether a query meets a damaged row.
    async fn answered(saying: Saying, met: bool, answer: &'static str) -> String {
        respond(saying, met, ("application/json", answer)).await.text().await.expect("text")
    }

    async fn respond(saying: Saying, met: bool, answer: (&'static str, &'static str)) -> reqwest::Response {
        // The client wants one even for plain HTTP.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = Arc::new(LogStore::open(&Location::Memory, Limits::default()).expect("opens"));
        let inner = store.clone();
        let handler = move || async move {
            if met {
                inner.place().1.note("chunk", 7, Unreadable::Checksum, 3, (0, 1));
            }
            ([(CONTENT_TYPE, answer.0)], answer.1)
        };
        let server = TestServer::start(said(Router::new().route("/", get(handler)), store, saying)).await;
        reqwest::get(server.url("/")).await.expect("answers")
    }

    #[tokio::test]
    async fn answers_without_an_envelope_say_it_in_a_header_and_as_a_comment() {
        let exposition = ("text/plain; version=0.0.4; charset=utf-8", "up 1 5\n");
        let whole = respond(Saying::Warnings, false, exposition).await;
        assert_eq!(whole.headers().get(WARNING), None);
        let said = respond(Saying::Warnings, true, exposition).await;
        let header = said.headers()[WARNING].to_str().expect("a text").to_owned();
        assert!(header.starts_with("199 dicelab \"stored lines are damaged"), "{header}");
        let text = said.text().await.expect("text");
        assert!(text.starts_with("# stored lines are damaged") && text.ends_with("\nup 1 5\n"), "{text}");
        let said = respond(Saying::Partial, true, ("application/protobuf", "bytes")).await;
        assert!(said.headers().contains_key(WARNING));
        assert_eq!(said.text().await.expect("text"), "bytes");
    }

    #[tokio::test]
    async fn damage_that_a_query_met_is_said_and_other_answers_pass_as_they_are() {
        let sound = r#"{"status":"success","data":[1.50]}"#;
        assert_eq!(answered(Saying::Warnings, false, sound).await, sound);
        let said: Value = serde_json::from_str(&answered(Saying::Warnings, true, sound).await).expect("JSON");
        let warning = said["warnings"][0].as_str().expect("a text");
        assert!(warning.starts_with("stored lines are damaged") && warning.contains("row 7 of table"), "{warning}");
        let with_another = r#"{"status":"success","data":[],"warnings":["one"]}"#;
        let said: Value = serde_json::from_str(&answered(Saying::Warnings, true, with_another).await).expect("JSON");
        assert_eq!(said["warnings"].as_array().map(Vec::len), Some(2));
        let said: Value =
            serde_json::from_str(&answered(Saying::Partial, true, r#"{"traces":[]}"#).await).expect("JSON");
        assert_eq!(said["status"], "PARTIAL");
        assert!(said["message"].as_str().is_some_and(|message| message.contains("damaged")), "{said}");
    }
}
