//! `query_exemplars`: the exemplars behind the series that an expression selects.

use axum::extract::State;
use lab_metrics::selector;
use serde_json::json;

use crate::params::Params;
use crate::prometheus::answer::envelope::{Answer, success};
use crate::prometheus::error::{ErrorType, PrometheusError, from_promql};
use crate::prometheus::params::time;
use crate::prometheus::state::PrometheusState;

/// `/api/v1/query_exemplars`: the exemplars in `start`…`end` of all series that `query` selects.
pub(crate) async fn exemplars(State(state): State<PrometheusState>, params: Params) -> Answer {
    let (start, end) = (time(&params, "start")?, time(&params, "end")?);
    if end < start {
        return Err(PrometheusError::new(ErrorType::BadData, "end timestamp must not be before start timestamp"));
    }
    let selectors = selector::of_query(params.get("query").unwrap_or_default()).map_err(|error| from_promql(&error))?;
    let mut found: Vec<_> = selectors.iter().flat_map(|one| state.store.exemplars(one, start, end)).collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found.dedup_by(|a, b| a.0 == b.0);
    let entries = found.iter().map(|(labels, exemplars)| {
        let exemplars: Vec<_> = exemplars
            .iter()
            .map(|exemplar| {
                json!({
                    "labels": exemplar.labels,
                    "value": lab_model::format_float(exemplar.value),
                    "timestamp": exemplar.timestamp as f64 / 1000.0,
                })
            })
            .collect();
        json!({"seriesLabels": labels, "exemplars": exemplars})
    });
    success(&entries.collect::<Vec<_>>())
}
