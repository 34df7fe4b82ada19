//! Grafana's HTTP API, as its clients ask it and as our page uses it:
//!
//! | Room | Paths |
//! |---|---|
//! | [`who`] | `/api/health`, `/api/frontend/settings`, `/api/user`, `/api/org…` |
//! | [`sources`] | `/api/datasources…`: the data sources, their health and resources, and the stores behind the proxy |
//! | [`query`] | `POST /api/ds/query`: queries of any data source, answered with frames |
//! | [`dashboards`] | `/api/search`, `/api/dashboards…`, `/api/folders…` |
//! | [`apis`] | `/apis…`: dashboards and folders as resources |
//! | [`annotations`] | `/api/annotations…` |
//! | [`alerting`] | `/api/prometheus/…`, `/api/ruler/…`, `/api/v1/provisioning/…`, `/api/alertmanager/…` |
//!
//! Nothing below `/api` and `/apis` is a page: what no route answers is 404 in JSON. Below `/render` Grafana draws pictures of
//! panels, which the lab does not.

mod alerting;
mod annotations;
pub mod answer;
mod apis;
mod dashboards;
mod query;
mod sources;
pub mod state;
mod who;

use axum::Router;
use axum::routing::any;

use crate::grafana::state::GrafanaState;

pub fn router(state: GrafanaState) -> Router {
    Router::new()
        .merge(who::router())
        .merge(sources::router(&state))
        .merge(query::router())
        .merge(dashboards::router())
        .merge(apis::router())
        .merge(annotations::router())
        .merge(alerting::router(&state))
        .route("/api", any(answer::unknown_path))
        .route("/api/", any(answer::unknown_path))
        .route("/api/{*path}", any(answer::unknown_path))
        .route("/render/{*path}", any(answer::no_pictures))
        .method_not_allowed_fallback(apis::wrong_method)
        .with_state(state)
}

#[cfg(test)]
mod tests;
