//! `query_exemplars`: the exemplars behind the series that an expression selects.

use std::collections::BTreeMap;

use axum::extract::State;
use lab_metrics::model::exemplar::Exemplar;
use lab_metrics::promql::error::PromqlError;
use lab_metrics::{MetricStore, selector};
use lab_model::{Grant, Labels, push_answer_float};
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::params::Params;
use crate::prometheus::answer::envelope::{self, Answer};
use crate::prometheus::answer::value::labels_length;
use crate::prometheus::error::{ErrorType, PrometheusError};
use crate::prometheus::params::{query, range};
use crate::prometheus::query::evaluator::TIMEOUT;
use crate::prometheus::state::PrometheusState;

/// About how many bytes an exemplar takes beside its labels.
const EXEMPLAR: usize = 80;

/// `/api/v1/query_exemplars`: the exemplars in `start`…`end` of all series that `query` selects.
pub(crate) async fn exemplars(State(state): State<PrometheusState>, params: Params) -> Answer {
    let (start, end) = range(&params)?;
    if end < start {
        return Err(PrometheusError::new(ErrorType::BadData, "end timestamp must not be before start timestamp"));
    }
    let refuse = |reason: String| PrometheusError::new(ErrorType::BadData, reason);
    let query = query(&params).map_err(refuse)?;
    let selectors = selector::of_query(query).map_err(|error| refuse(error.to_string()))?;
    let question = move |store: &MetricStore, grant: &Grant| {
        let mut found: BTreeMap<Labels, Vec<Exemplar>> = BTreeMap::new();
        for (labels, exemplars) in selectors.iter().flat_map(|one| store.exemplars(one, start, end)) {
            let length = |one: &Exemplar| labels_length(&one.labels) + EXEMPLAR;
            // Once as they are, and once in the answer.
            grant.memory.take(2 * (labels_length(&labels) + exemplars.iter().map(length).sum::<usize>()))?;
            found.insert(labels, exemplars);
        }
        let entries: Vec<_> = found.iter().map(|(labels, exemplars)| Series { labels, exemplars }).collect();
        let data = serde_json::to_string(&entries).map_err(|error| PromqlError::Execution(error.to_string()))?;
        Ok(envelope::around(|out| out.push_str(&data), &[], &[]))
    };
    state.evaluator.ask(TIMEOUT, question).await.map(envelope::response)
}

/// The exemplars of a series, as they are written.
#[derive(Serialize)]
struct Series<'a> {
    #[serde(rename = "seriesLabels")]
    labels: &'a Labels,
    #[serde(serialize_with = "written")]
    exemplars: &'a [Exemplar],
}

fn written<S: Serializer>(exemplars: &[Exemplar], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(exemplars.iter().map(|exemplar| {
        let mut value = String::new();
        push_answer_float(&mut value, exemplar.value);
        json!({
            "labels": exemplar.labels,
            "value": value,
            "timestamp": exemplar.timestamp as f64 / 1000.0,
        })
    }))
}
