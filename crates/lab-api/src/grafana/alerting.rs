//! Alerting: the rules of the lab as Grafana's clients ask for them; silences, which the lab keeps, or an Alertmanager where
//! one is configured.

mod alerts;
mod external;
mod labels;
pub(crate) mod outside;
mod provisioning;
mod ruler;
mod rules;
mod silences;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};

use crate::grafana::answer::unknown_path;
use crate::grafana::state::GrafanaState;

/// Rules for reading; the silences and alerts of an Alertmanager.
pub(crate) fn router(state: &GrafanaState) -> Router<GrafanaState> {
    Router::new()
        .route("/api/prometheus/{source}/api/v1/rules", get(rules::rules))
        .route("/api/prometheus/{source}/api/v1/alerts", get(rules::alerts))
        .merge(ruler::router())
        .merge(provisioning::router())
        .merge(manager(state))
}

/// What an Alertmanager offers: one that is configured answers for itself, else the lab does.
fn manager(state: &GrafanaState) -> Router<GrafanaState> {
    let manager = "/api/alertmanager/{source}/api/v2";
    Router::new()
        .route(&format!("{manager}/status"), get(alerts::status))
        .route(&format!("{manager}/alerts"), get(alerts::list))
        .route(&format!("{manager}/alerts/groups"), get(alerts::groups))
        .route(&format!("{manager}/receivers"), get(alerts::receivers))
        .route("/api/alertmanager/{source}/config/api/v1/alerts", get(alerts::configuration))
        .route("/api/alertmanager/{source}/config/api/v1/receivers", get(alerts::receivers))
        .route(&format!("{manager}/silences"), get(silences::list).post(silences::create))
        .route(&format!("{manager}/silence/{{id}}"), get(silences::one).delete(silences::expire))
        .route(&format!("{manager}/{{*path}}"), any(unknown_path))
        .route_layer(from_fn_with_state(state.clone(), outside::instead))
        .route("/api/v1/ngalert", get(outside::choice))
        .route("/api/v1/ngalert/alertmanagers", get(outside::addresses))
}
