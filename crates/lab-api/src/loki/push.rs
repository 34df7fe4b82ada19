//! `push`: entries as JSON, or as protobuf in snappy (any other media type), either in gzip or deflate, too; and the older JSON
//! of `/api/prom/push`. Bytes that are not UTF-8 are replaced.
//!
//! A push is stored as far as its entries are valid, and not at all while there is no room: then the answer is 429 with
//! the time to wait, which Loki's clients repeat.

mod json;
mod legacy;
mod packing;
mod protobuf;
mod refusal;
mod stream;
mod text;

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use lab_logs::{Entry, Policy, enrich};
use lab_model::Labels;

use crate::error::PlainError;
use crate::loki::push::packing::MAX_UNPACKED;
use crate::loki::push::refusal::refusal;
use crate::loki::push::stream::PushedStream;
use crate::loki::state::LokiState;
use crate::room::patience::until_there_is_room;

/// How a body that is JSON is read.
type ReadJson = fn(&[u8]) -> Result<Vec<PushedStream>, PlainError>;

/// 204 if every entry was taken; else the first refusal, while the others are stored.
pub(crate) async fn receive(
    State(state): State<LokiState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, PlainError> {
    take(state, headers, body, json::decode).await
}

/// The same for the older JSON.
pub(crate) async fn receive_legacy(
    State(state): State<LokiState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, PlainError> {
    take(state, headers, body, legacy::decode).await
}

async fn take(
    state: LokiState,
    headers: HeaderMap,
    body: Bytes,
    read_json: ReadJson,
) -> Result<StatusCode, PlainError> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim().to_owned();
    let is_json = header(CONTENT_TYPE);
    let is_json = is_json.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case("application/json"));
    let encoding = header(CONTENT_ENCODING).to_ascii_lowercase();
    let now = state.clock.now_ns();
    until_there_is_room(|| state.store.admit(Duration::ZERO)).await;
    state
        .run(move |store, _, _| {
            let body = packing::unpacked(body, &encoding)?;
            let streams = if is_json { read_json(&body)? } else { protobuf::decode(&body, MAX_UNPACKED)? };
            if streams.is_empty() {
                return Err(PlainError::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "error at least one valid stream is required for ingestion",
                ));
            }
            let policy = Policy::pushed(now, store.limits());
            let entries = streams.into_iter().flat_map(|stream| {
                let labels = enrich::with_service_name(&stream.labels);
                stream.entries.into_iter().map(move |entry| with_level(labels.clone(), entry))
            });
            match store.append_or_wait(entries.collect(), &policy, Duration::ZERO) {
                Err(wait) => Err(PlainError::wait(StatusCode::TOO_MANY_REQUESTS, wait)),
                Ok(appended) => match appended.rejections.first() {
                    None => Ok(StatusCode::NO_CONTENT),
                    Some(rejection) => Err(refusal(rejection, &policy, store.limits())),
                },
            }
        })
        .await
}

fn with_level(labels: Labels, mut entry: Entry) -> (Labels, Entry) {
    entry.metadata = enrich::with_valid_names(&entry.metadata);
    let entry = enrich::with_detected_level(&labels, entry);
    (labels, entry)
}
