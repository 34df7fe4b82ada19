//! `features`: what this API and its language can do, under the names that Prometheus gives to it.

use std::collections::BTreeMap;

use axum::extract::State;
use lab_metrics::promql::functions;
use serde_json::json;

use crate::prometheus::answer::envelope::{Answer, success};
use crate::prometheus::state::PrometheusState;

/// What the language can do beside its functions.
const PROMQL: [&str; 18] = [
    "anchored",
    "at_modifier",
    "bool",
    "by",
    "duration_expr",
    "fill",
    "fill_left",
    "fill_right",
    "group_left",
    "group_right",
    "ignoring",
    "negative_offset",
    "offset",
    "on",
    "per_query_lookback_delta",
    "smoothed",
    "subqueries",
    "without",
];

/// `/api/v1/features`: every capability with whether it is there.
pub(crate) async fn features(State(state): State<PrometheusState>) -> Answer {
    let mut promql: BTreeMap<&str, bool> = PROMQL.iter().map(|name| (*name, true)).collect();
    promql.extend([
        ("delayed_name_removal", state.about.delayed_name_removal),
        ("per_step_stats", false),
        ("type_and_unit_labels", false),
    ]);
    let functions: BTreeMap<&str, bool> = functions::names().into_iter().map(|name| (name, true)).collect();
    success(&json!({
        "api": {
            "admin": state.about.admin_api, "exclude_alerts": true, "label_values_match": true,
            "lifecycle": state.reload.is_some(), "openapi_3.1": true, "openapi_3.2": false,
            "otlp_write_receiver": state.otlp.is_some(), "query_stats": true, "query_warnings": true,
            "remote_write_receiver": true, "search": false, "time_range_labels": true, "time_range_series": true,
        },
        "prometheus": {"agent_mode": false, "auto_reload_config": false, "server_mode": true},
        "promql": promql,
        "promql_functions": functions,
        "rules": {
            "concurrent_rule_eval": false, "keep_firing_for": true, "query_offset": true,
        },
        "scrape": {"native_histograms": false},
    }))
}
