//! `POST /api/v1/read`: the samples of series for another Prometheus, by remote read.
//!
//! A request holds queries and the forms of answers that its sender understands; the first of them that is known here is
//! used: samples in one message, or compressed chunks in frames. External labels are added to series that lack them,
//! and a matcher that asks for one of them asks the store for series without it.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/querying/remote_read_api/>.

mod chunk;
mod external;
pub mod messages;
mod stream;

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use lab_metrics::MetricStore;
use lab_metrics::model::histogram_sample::Samples;
use lab_metrics::promql::error::PromqlError;
use lab_model::{Grant, Labels, MatchOp, Matcher};
use prost::Message;

use crate::error::PlainError;
use crate::prometheus::query::evaluator::TIMEOUT;
use crate::prometheus::read::external::merged;
use crate::prometheus::read::messages::{
    LabelMatcher, QueryResult, ReadRequest, ReadResponse, SAMPLES, STREAMED_XOR_CHUNKS,
};
use crate::prometheus::state::PrometheusState;
use crate::prometheus::write::histogram::Histogram as SentHistogram;
use crate::prometheus::write::series::Sample as SentSample;
use crate::prometheus::write::v1::TimeSeries;

/// Largest request, unpacked.
const MAX_BYTES: usize = 8 << 20;

/// Answers a request in the form that it asks for.
pub(crate) async fn read(State(state): State<PrometheusState>, body: Bytes) -> Response {
    match answer(&state, &body).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

async fn answer(state: &PrometheusState, body: &[u8]) -> Result<Response, PlainError> {
    let bad = |reason: String| PlainError::bad_request(reason);
    let length = snap::raw::decompress_len(body).map_err(|error| bad(error.to_string()))?;
    if length > MAX_BYTES {
        let reason =
            format!("the request has {length} bytes once it is decompressed, but at most {MAX_BYTES} are accepted");
        return Err(PlainError::new(StatusCode::PAYLOAD_TOO_LARGE, reason));
    }
    let bytes = snap::raw::Decoder::new().decompress_vec(body).map_err(|error| bad(error.to_string()))?;
    let request = ReadRequest::decode(&*bytes).map_err(|error| bad(error.to_string()))?;
    let form = form(&request.accepted_response_types).map_err(bad)?;
    let external = state.external_labels();
    let queries = request.queries.iter().map(|query| {
        let matchers = query.matchers.iter().map(|matcher| matcher_of(matcher, &external));
        Ok((matchers.collect::<Result<Vec<_>, String>>()?, (query.start_timestamp_ms, query.end_timestamp_ms)))
    });
    let queries: Vec<Question> = queries.collect::<Result<_, String>>().map_err(bad)?;
    let work = move |store: &MetricStore, grant: &Grant| match form {
        STREAMED_XOR_CHUNKS => stream::frames(store, grant, &queries, &external),
        _ => samples(store, grant, &queries, &external),
    };
    let body = state.evaluator.ask(TIMEOUT, work).await;
    let body = body.map_err(|error| PlainError::new(error.kind.status(), error.message))?;
    Ok(match form {
        STREAMED_XOR_CHUNKS => {
            let media = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";
            ([(CONTENT_TYPE, media)], body).into_response()
        }
        _ => ([(CONTENT_TYPE, "application/x-protobuf"), (CONTENT_ENCODING, "snappy")], body).into_response(),
    })
}

/// What is asked of the store: matchers, and the first and last time in ms.
type Question = (Vec<Matcher>, (i64, i64));

/// The first form that is known here; samples if the sender names none.
fn form(accepted: &[i32]) -> Result<i32, String> {
    if accepted.is_empty() {
        return Ok(SAMPLES);
    }
    let known = accepted.iter().find(|form| [SAMPLES, STREAMED_XOR_CHUNKS].contains(form));
    known.copied().ok_or_else(|| {
        format!("server does not support any of the requested response types: {accepted:?}; supported: [0 1]")
    })
}

fn matcher_of(sent: &LabelMatcher, external: &BTreeMap<String, String>) -> Result<Matcher, String> {
    let op = match sent.kind {
        0 => MatchOp::Equal,
        1 => MatchOp::NotEqual,
        2 => MatchOp::Regex,
        3 => MatchOp::NotRegex,
        other => return Err(format!("invalid matcher type {other}: 0 to 3 are known")),
    };
    // What is stored here lacks the external labels.
    let is_external = op == MatchOp::Equal && external.get(&sent.name).is_some_and(|value| *value == sent.value);
    let value = if is_external { "" } else { &*sent.value };
    Matcher::new(&*sent.name, op, value).map_err(|error| error.to_string())
}

/// All samples in one message, packed.
fn samples(
    store: &MetricStore,
    grant: &Grant,
    queries: &[Question],
    external: &BTreeMap<String, String>,
) -> Result<Vec<u8>, PromqlError> {
    let mut results = Vec::with_capacity(queries.len());
    for (matchers, range) in queries {
        let mut found = BTreeMap::new();
        let visit = |labels: &Labels, samples: Samples<'_>| {
            if samples.is_empty() {
                return Ok(());
            }
            let histogram_bytes: usize = samples.histograms.iter().map(|one| one.histogram.size()).sum();
            grant.memory.take(size_of_val(samples.floats) + histogram_bytes + labels.text_bytes())?;
            let sent = |one: &lab_model::Sample| SentSample { value: one.value, timestamp: one.timestamp };
            let floats: Vec<_> = samples.floats.iter().map(sent).collect();
            let histograms: Vec<_> = samples.histograms.iter().map(SentHistogram::of).collect();
            found.insert(labels.clone(), (floats, histograms));
            Ok::<_, PromqlError>(())
        };
        store.select(matchers, *range, &grant.interrupt, visit)?;
        let series = found.into_iter().map(|(labels, (samples, histograms))| {
            let labels = merged(&labels, external);
            TimeSeries { labels, samples, histograms, ..TimeSeries::default() }
        });
        results.push(QueryResult { timeseries: series.collect() });
    }
    let message = ReadResponse { results };
    // The message and its packed form stand beside the samples.
    grant.memory.take(2 * message.encoded_len())?;
    snap::raw::Encoder::new()
        .compress_vec(&message.encode_to_vec())
        .map_err(|error| PromqlError::Execution(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_form_is_used() {
        assert_eq!(form(&[]), Ok(SAMPLES));
        assert_eq!(form(&[7, STREAMED_XOR_CHUNKS, SAMPLES]), Ok(STREAMED_XOR_CHUNKS));
        assert!(form(&[7]).expect_err("unknown").contains("does not support"));
    }

    #[test]
    fn external_labels_are_asked_for_as_absent() {
        let external = BTreeMap::from([("site".to_owned(), "lab".to_owned()), ("job".to_owned(), "x".to_owned())]);
        let sent = |kind, value: &str| LabelMatcher { kind, name: "site".to_owned(), value: value.to_owned() };
        let read = |kind, value| matcher_of(&sent(kind, value), &external).map(|matcher| matcher.to_string());
        assert_eq!(read(0, "lab").as_deref(), Ok(r#"site="""#));
        assert_eq!(read(0, "other").as_deref(), Ok(r#"site="other""#));
        assert_eq!(read(2, "lab").as_deref(), Ok(r#"site=~"lab""#));
        assert!(read(9, "lab").is_err() && read(3, "(").is_err());
    }
}
