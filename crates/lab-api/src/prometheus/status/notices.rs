//! What the process wants people to know, and whom it tells of alerts: `notifications`, `alertmanagers`.

use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, SecondsFormat};
use serde_json::json;

use crate::prometheus::answer::envelope::{Answer, success};
use crate::prometheus::state::{PrometheusState, Reload};

/// `/api/v1/notifications`: what is wrong now.
pub(crate) async fn notifications(State(state): State<PrometheusState>) -> Answer {
    let failed = state.reload.as_ref().map(Reload::last).and_then(|last| last.failed_at);
    let notice = |at: i64| {
        let date = DateTime::from_timestamp_millis(at).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true);
        json!({"text": "Configuration reload has failed.", "date": date, "active": true})
    };
    success(&failed.into_iter().map(notice).collect::<Vec<_>>())
}

/// `/api/v1/notifications/live`: as when Prometheus has no room for another subscriber, and its page asks now and then.
pub(crate) async fn live() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// `/api/v1/alertmanagers`: who is told of alerts.
pub(crate) async fn alertmanagers(State(state): State<PrometheusState>) -> Answer {
    let (active, dropped) = state.notifier.as_ref().map(|notifier| notifier.managers()).unwrap_or_default();
    let entries = |urls: Vec<String>| urls.into_iter().map(|url| json!({"url": url})).collect::<Vec<_>>();
    success(&json!({"activeAlertmanagers": entries(active), "droppedAlertmanagers": entries(dropped)}))
}
