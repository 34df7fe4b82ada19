//! What the page's status tells and steers:
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /api/lab/status` | the lab at this moment, as the collector's page has it |
//! | `POST /api/lab/processes/{name}/restart` | 202; 403 from elsewhere than loopback or a page of another origin, 404, 429 |

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use lab_api::origin;
use serde_json::json;

use crate::app::status::{Sources, Status};

/// The routes.
pub fn router(sources: Sources) -> Router {
    Router::new()
        .route("/api/lab/status", get(status))
        .route("/api/lab/processes/{name}/restart", post(restart))
        .with_state(sources)
}

/// Gathered on a thread that may block: a store with a troubled disk answers late.
async fn status(State(sources): State<Sources>) -> Result<Json<Status>, StatusCode> {
    let gathered = tokio::task::spawn_blocking(move || sources.status()).await;
    gathered.map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn restart(
    State(sources): State<Sources>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let from_loopback = peer.is_some_and(|Extension(ConnectInfo(peer))| peer.ip().to_canonical().is_loopback());
    if !from_loopback {
        return message(StatusCode::FORBIDDEN, "processes are restarted from the lab's own machine only");
    }
    if !origin::is_own(&headers) {
        return message(StatusCode::FORBIDDEN, "processes are restarted by the lab's own page only");
    }
    match sources.processes.restart(&name) {
        Some(true) => message(StatusCode::ACCEPTED, &format!("{name} is restarted")),
        Some(false) => message(StatusCode::TOO_MANY_REQUESTS, "it has been asked too often already; wait a moment"),
        None => message(StatusCode::NOT_FOUND, &format!("no process is called {name:?}")),
    }
}

fn message(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}
