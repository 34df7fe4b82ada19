//! `/api/mcp`: the questions of this port as tools of the Model Context Protocol, over its streamable HTTP.
//!
//! Every answer is one JSON message, and nothing is remembered between two requests: there are no sessions, and no stream
//! for messages that nobody asked for, which the protocol leaves open to a server. The names and arguments of the tools are
//! Tempo's.

mod argument;
mod docs;
mod rpc;
mod tools;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use crate::tempo::answer::format::json as json_response;
use crate::tempo::mcp::rpc::{Call, Failure};
use crate::tempo::state::TempoState;

/// Versions of the protocol that are spoken here, the newest first; they do not differ in what is used.
const VERSIONS: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// Answers one message of a client.
pub(crate) async fn post(State(state): State<TempoState>, body: Bytes) -> Response {
    match rpc::read(&body) {
        Err((failure, id)) => (StatusCode::BAD_REQUEST, json_response(rpc::failed(&failure, &id))).into_response(),
        // A notification, or the answer to a question that was never asked.
        Ok(Call { id: None, .. }) => StatusCode::ACCEPTED.into_response(),
        Ok(Call { id: Some(id), method, params }) => {
            let answer = answer(&state, &method, params).await;
            json_response(answer.map_or_else(|failure| rpc::failed(&failure, &id), |result| rpc::done(result, &id)))
        }
    }
}

async fn answer(state: &TempoState, method: &str, params: Value) -> Result<Value, Failure> {
    match method {
        "initialize" => Ok(initialize(&params)),
        "ping" => Ok(json!({})),
        "tools/list" => Ok(json!({"tools": tools::list()})),
        "tools/call" => tools::call(state, params).await,
        "resources/list" => Ok(json!({"resources": docs::list()})),
        "resources/templates/list" => Ok(json!({"resourceTemplates": []})),
        "resources/read" => docs::read(state, &params),
        other => Err(Failure::method(other)),
    }
}

/// Who answers, in the version that the client wants, or else in the newest one.
fn initialize(params: &Value) -> Value {
    let wanted = params["protocolVersion"].as_str().and_then(|wanted| VERSIONS.into_iter().find(|one| *one == wanted));
    json!({
        "protocolVersion": wanted.unwrap_or(VERSIONS[0]),
        "capabilities": {"resources": {}, "tools": {}},
        "serverInfo": {"name": "dicelab-tempo", "version": env!("CARGO_PKG_VERSION")},
    })
}
