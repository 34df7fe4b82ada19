//! `/federate`: the newest samples of the series that `match[]` selects, as Prometheus text or, for who asks for it, as protobuf.
//! Text has no native histograms: those with custom bounds are written as classic ones, and the others are left out.

mod newest;
mod protobuf;
mod text;

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use lab_metrics::MetricStore;
use lab_metrics::model::histogram_sample::Samples;
use lab_metrics::promql::error::PromqlError;
use lab_model::{Grant, Labels};

use crate::error::PlainError;
use crate::params::Params;
use crate::prometheus::answer::value::labels_length;
use crate::prometheus::error::PrometheusError;
use crate::prometheus::params::selectors;
use crate::prometheus::query::escape::{Escaping, Media};
use crate::prometheus::query::evaluator::TIMEOUT;
use crate::prometheus::query::federate::newest::Newest;
use crate::prometheus::state::PrometheusState;

/// About how many bytes a series takes beside its labels: its entry, and number and time in the answer.
const ENTRY: usize = 160;
/// How old the newest sample of a series may be.
const LOOKBACK_MS: i64 = 300_000;

/// Writes each series once, sorted, with the time of its sample and the external labels that it lacks.
pub(crate) async fn federate(
    State(state): State<PrometheusState>,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, PrometheusError> {
    // Who federates reads text, errors included.
    let sets = selectors(&params).map_err(|error| PlainError::bad_request(error.message + "\n").into_response());
    let sets = match sets {
        Ok(sets) => sets,
        Err(refusal) => return Ok(refusal),
    };
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (media, escaping) = Escaping::negotiate(accept);
    let mut external = state.external_labels();
    // A target that is federated has no instance of its own, else it would get that of this lab.
    external.entry("instance".to_owned()).or_default();
    let lacking: usize = external.iter().map(|(name, value)| name.len() + value.len() + r#"="","#.len()).sum();
    let now = state.clock.now_ms();
    let question = move |store: &MetricStore, grant: &Grant| {
        let mut found: BTreeMap<Labels, Newest> = BTreeMap::new();
        for matchers in &sets {
            let visit = |labels: &Labels, samples: Samples<'_>| {
                if let Some(newest) = Newest::of(samples).filter(|newest| newest.fits(media)) {
                    grant.memory.take(labels_length(labels) + lacking + ENTRY + newest.size())?;
                    found.insert(labels.clone(), newest);
                }
                Ok::<_, PromqlError>(())
            };
            store.select(matchers, (now - LOOKBACK_MS, now), &grant.interrupt, visit)?;
        }
        let found = by_name(found);
        Ok(match media {
            Media::Text => text::page(&found, &external, escaping).into_bytes(),
            Media::Protobuf => protobuf::page(&found, &external, escaping),
        })
    };
    let body = state.evaluator.ask(TIMEOUT, question).await?;
    let media = match media {
        Media::Text => "text/plain; version=0.0.4; charset=utf-8",
        Media::Protobuf => {
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
        }
    };
    let media = format!("{media}; escaping={}", escaping.name());
    Ok(([(CONTENT_TYPE, media)], body).into_response())
}

/// In the order of names, and within one of labels: a family must not be torn by labels that sort before its name.
fn by_name<T>(found: BTreeMap<Labels, T>) -> Vec<(Labels, T)> {
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by(|(a, _), (b, _)| a.metric_name().cmp(&b.metric_name()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_not_torn() {
        let series = [("b", "A", "1"), ("a", "z", "1"), ("a", "A", "2"), ("b", "x", "0"), ("a", "A", "1")];
        let labels = |(name, label, value)| (Labels::from_pairs([("__name__", name), (label, value)]), ());
        let sorted = by_name(series.map(labels).into());
        let shown: Vec<_> = sorted.iter().map(|(labels, ())| labels.to_string()).collect();
        let expected = [r#"a{A="1"}"#, r#"a{A="2"}"#, r#"a{z="1"}"#, r#"b{A="1"}"#, r#"b{x="0"}"#];
        assert_eq!(shown, expected);
    }
}
