//! Faults switched on and off while the lab runs:
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /api/v0/faults` | `{"faults": [{"fault", "about", "since_ms"}], "known": [{"name", "value", "about"}]}` |
//! | `POST /api/v0/faults`, body `drop-spans=0.01` | the same, when the services have heard |
//! | `DELETE /api/v0/faults`, `DELETE /api/v0/faults/{name}` | the same; 404 if none of this name was on |
//!
//! 400 for what is no fault, 403 from elsewhere, 409 for faults of services in a lab without them, 503 if a
//! service could not be told.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use lab_api::prometheus::state::Reload;
use lab_supervisor::ProcessList;
use serde_json::json;

use crate::faults::{LabFault, kinds};
use crate::pages::steering::{Steering, message};
use crate::parts::children::faults::FaultControl;
use crate::parts::clock::now_ns;

/// What the routes act on.
#[derive(Clone, Debug)]
pub struct FaultRoutes {
    pub control: FaultControl,
    /// Who is told.
    pub processes: ProcessList,
    /// Makes the scrape configuration anew.
    pub reload: Reload,
}

pub fn router(routes: FaultRoutes) -> Router {
    Router::new()
        .route("/api/v0/faults", get(list).post(add).delete(lift_all))
        .route("/api/v0/faults/{name}", delete(lift))
        .with_state(routes)
}

async fn list(State(routes): State<FaultRoutes>) -> Response {
    let known: Vec<_> =
        kinds().map(|(name, value, about)| json!({"name": name, "value": value, "about": about})).collect();
    Json(json!({"faults": routes.control.active(), "known": known})).into_response()
}

async fn add(_: Steering, State(routes): State<FaultRoutes>, fault: String) -> Response {
    let fault: LabFault = match fault.trim().parse() {
        Ok(fault) => fault,
        Err(error) => return message(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    if routes.processes.statuses().is_empty() && !matches!(fault, LabFault::StallBackend(_)) {
        return message(StatusCode::CONFLICT, &format!("this lab runs no services, so {fault} would change nothing"));
    }
    routes.control.add(fault);
    eprintln!("fault on: {fault} ({})", fault.about());
    routes.changed().await
}

async fn lift_all(_: Steering, State(routes): State<FaultRoutes>) -> Response {
    if routes.control.lift(None) > 0 {
        eprintln!("all faults off");
    }
    routes.changed().await
}

async fn lift(_: Steering, State(routes): State<FaultRoutes>, Path(name): Path<String>) -> Response {
    if routes.control.lift(Some(&name)) == 0 {
        return message(StatusCode::NOT_FOUND, &format!("no fault {name:?} is on"));
    }
    eprintln!("fault off: {name}");
    routes.changed().await
}

impl FaultRoutes {
    /// Lets everyone know; the answer is the list.
    async fn changed(self) -> Response {
        let reload = self.reload.clone();
        let reloaded = tokio::task::spawn_blocking(move || reload.run(now_ns() / 1_000_000)).await;
        if let Ok(Err(problem)) = reloaded {
            return message(StatusCode::SERVICE_UNAVAILABLE, &format!("the scrape configuration: {problem}"));
        }
        if self.processes.statuses().is_empty() {
            return list(State(self)).await;
        }
        match self.control.tell(&self.processes).await {
            Ok(()) => list(State(self)).await,
            Err((service, error)) => message(StatusCode::SERVICE_UNAVAILABLE, &format!("{service}: {error}")),
        }
    }
}
