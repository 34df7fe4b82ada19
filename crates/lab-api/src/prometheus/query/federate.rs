//! `/federate`: the newest samples of the series that `match[]` selects, as Prometheus text.

use std::collections::BTreeMap;
use std::fmt::Write;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use lab_metrics::store::error::StoreError;
use lab_model::labels::METRIC_NAME;
use lab_model::value::is_stale;
use lab_model::{Interrupt, Labels, Sample, format_float};

use crate::params::Params;
use crate::prometheus::error::PrometheusError;
use crate::prometheus::params::selectors;
use crate::prometheus::state::PrometheusState;

/// How old the newest sample of a series may be.
const LOOKBACK_MS: i64 = 300_000;

/// Writes each series once, sorted, with the time of its sample.
pub(crate) async fn federate(
    State(state): State<PrometheusState>,
    params: Params,
) -> Result<Response, PrometheusError> {
    let sets = selectors(&params)?;
    let now = state.clock.now_ms();
    let found = tokio::task::spawn_blocking(move || {
        let mut found: BTreeMap<Labels, Sample> = BTreeMap::new();
        for matchers in &sets {
            let visit = |labels: &Labels, samples: &[Sample]| {
                if let Some(last) = samples.last().filter(|last| !is_stale(last.value)) {
                    found.insert(labels.clone(), *last);
                }
                Ok::<_, StoreError>(())
            };
            state.store.select(matchers, (now - LOOKBACK_MS, now), &Interrupt::default(), visit)?;
        }
        Ok::<_, StoreError>(found)
    });
    let found = found.await.map_err(PrometheusError::internal)?.map_err(PrometheusError::internal)?;
    let mut body = String::new();
    let mut last_name = String::new();
    for (labels, sample) in &found {
        let name = labels.metric_name().unwrap_or_default();
        if name != last_name {
            let _ = writeln!(body, "# TYPE {name} untyped");
            name.clone_into(&mut last_name);
        }
        body.push_str(name);
        for (at, label) in labels.iter().filter(|label| &*label.name != METRIC_NAME).enumerate() {
            let open = if at == 0 { '{' } else { ',' };
            let value = label.value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
            let _ = write!(body, "{open}{}=\"{value}\"", label.name);
        }
        if labels.len() > 1 {
            body.push('}');
        }
        let _ = writeln!(body, " {} {}", format_float(sample.value), sample.timestamp);
    }
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8; escaping=values")], body).into_response())
}
