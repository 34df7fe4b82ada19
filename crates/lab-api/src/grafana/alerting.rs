//! Alerting: the rules of the lab as Grafana's clients ask for them, and silences, which the lab keeps.

mod rules;
mod silences;

use axum::Router;
use axum::routing::get;

use crate::grafana::state::GrafanaState;

/// Rules for reading; the silences and alerts of an Alertmanager.
pub(crate) fn router() -> Router<GrafanaState> {
    let manager = "/api/alertmanager/{source}/api/v2";
    Router::new()
        .route("/api/prometheus/{source}/api/v1/rules", get(rules::rules))
        .route("/api/prometheus/{source}/api/v1/alerts", get(rules::alerts))
        .route("/api/ruler/{source}/api/v1/rules", get(rules::ruler))
        .route("/api/v1/provisioning/alert-rules", get(rules::provisioned))
        .route("/api/v1/provisioning/alert-rules/{uid}", get(rules::provisioned_one))
        .route("/api/v1/provisioning/contact-points", get(rules::none))
        .route("/api/v1/provisioning/mute-timings", get(rules::none))
        .route("/api/v1/provisioning/templates", get(rules::none))
        .route("/api/v1/provisioning/policies", get(rules::policies))
        .route(&format!("{manager}/status"), get(silences::status))
        .route(&format!("{manager}/alerts"), get(silences::alerts))
        .route(&format!("{manager}/silences"), get(silences::list).post(silences::create))
        .route(&format!("{manager}/silence/{{id}}"), get(silences::one).delete(silences::expire))
}
