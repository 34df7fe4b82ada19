//! Alerting: the rules of the lab as Grafana's clients ask for them, and silences, which the lab keeps.

mod alerts;
mod labels;
mod provisioning;
mod ruler;
mod rules;
mod silences;

use axum::Router;
use axum::routing::get;

use crate::grafana::state::GrafanaState;

/// Rules for reading; the silences and alerts of an Alertmanager.
pub(crate) fn router() -> Router<GrafanaState> {
    Router::new()
        .route("/api/prometheus/{source}/api/v1/rules", get(rules::rules))
        .route("/api/prometheus/{source}/api/v1/alerts", get(rules::alerts))
        .merge(ruler::router())
        .merge(provisioning::router())
        .merge(manager())
}

fn manager() -> Router<GrafanaState> {
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
}
