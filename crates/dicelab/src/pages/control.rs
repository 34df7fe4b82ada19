//! What the page's status tells and steers:
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /api/lab/status` | the lab at this moment, as the collector's page has it |
//! | `POST /api/lab/processes/{name}/restart` | 202; 403 from elsewhere than loopback or a page of another origin, 404, 429 |

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::pages::steering::{Steering, message};
use crate::parts::status::snapshot::{Sources, Status};

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

async fn restart(_: Steering, State(sources): State<Sources>, Path(name): Path<String>) -> Response {
    match sources.processes.restart(&name) {
        Some(true) => message(StatusCode::ACCEPTED, &format!("{name} is restarted")),
        Some(false) => message(
            StatusCode::TOO_MANY_REQUESTS,
            "too many orders for this process are waiting already; wait a moment and try again",
        ),
        None => message(StatusCode::NOT_FOUND, &format!("no process is called {name:?}")),
    }
}
