//! About the program: `/ready`, `/config`, `/services`, `/flush`, `status/buildinfo` and `drilldown-limits`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use lab_logs::enrich;
use serde_json::json;

use crate::error::PlainError;
use crate::loki::answer::envelope;
use crate::loki::params;
use crate::loki::state::LokiState;

/// Always ready: the store is open before the port is.
pub(crate) async fn ready() -> &'static str {
    "ready\n"
}

/// About the program.
pub(crate) async fn build_info() -> Response {
    envelope::json_response(&json!({
        "version": env!("CARGO_PKG_VERSION"), "revision": "", "branch": "", "buildUser": "", "buildDate": "", "goVersion": "",
    }))
}

/// The bounds that are in force, under the names that Loki's configuration has for them.
pub(crate) async fn config(State(state): State<LokiState>) -> Response {
    let (store, query) = (state.store.limits(), state.limits);
    let lines = [
        "target: all".to_owned(),
        "auth_enabled: false".to_owned(),
        "limits_config:".to_owned(),
        format!("  max_line_size: {}B", store.line_bytes),
        format!("  max_label_names_per_series: {}", store.labels.count),
        format!("  max_label_name_length: {}", store.labels.name_bytes),
        format!("  max_label_value_length: {}", store.labels.value_bytes),
        format!("  max_structured_metadata_size: {}B", store.metadata_bytes),
        format!("  max_structured_metadata_entries_count: {}", store.metadata_labels),
        format!("  max_global_streams_per_user: {}", store.streams),
        "  reject_old_samples: true".to_owned(),
        format!("  reject_old_samples_max_age: {}s", store.oldest_push.as_secs()),
        format!("  max_entries_limit_per_query: {}", query.entries),
        format!("  max_query_series: {}", query.series),
        format!("  max_query_length: {}", params::MAX_QUERY_LENGTH),
        format!("  query_timeout: {}s", state.timeout.as_secs()),
        "  volume_enabled: true".to_owned(),
    ];
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], lines.join("\n") + "\n").into_response()
}

/// What runs in the lab of the parts that Loki has.
pub(crate) async fn services() -> &'static str {
    "server => Running\nstore => Running\ndistributor => Running\nquerier => Running\n"
}

/// Writes what is in memory, as Loki's ingester does.
pub(crate) async fn flush(State(state): State<LokiState>) -> Result<StatusCode, PlainError> {
    state.run(|store, _, _| store.flush().map(|()| StatusCode::NO_CONTENT)).await
}

/// The bounds that Grafana's Logs Drilldown asks for before it shows anything.
pub(crate) async fn drilldown_limits(State(state): State<LokiState>) -> Response {
    envelope::json_response(&json!({
        "limits": {
            "discover_log_levels": true,
            "discover_service_name": enrich::SERVICE_LABELS,
            "log_level_fields": enrich::LEVEL_LABELS,
            "max_entries_limit_per_query": state.limits.entries,
            "max_line_size_truncate": false,
            "max_query_bytes_read": "0B",
            "max_query_length": params::MAX_QUERY_LENGTH,
            "max_query_lookback": "0s",
            "max_query_range": "0s",
            "max_query_series": state.limits.series,
            "metric_aggregation_enabled": false,
            "pattern_persistence_enabled": false,
            "query_timeout": format!("{}s", state.timeout.as_secs()),
            "volume_enabled": true,
        },
        "pattern_ingester_enabled": true,
        "version": env!("CARGO_PKG_VERSION"),
    }))
}
