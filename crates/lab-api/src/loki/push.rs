//! `push`: entries as JSON, or as protobuf in snappy (any other media type), either in gzip too.
//!
//! A push is stored as far as its entries are valid, and not at all while there is no room: then the answer is 429 with
//! the time to wait, which Loki's clients repeat.

mod json;
mod protobuf;
mod refusal;
mod stream;

use std::io::Read;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use flate2::read::MultiGzDecoder;
use lab_logs::{Entry, Policy, enrich};
use lab_model::Labels;

use crate::error::PlainError;
use crate::loki::push::refusal::refusal;
use crate::loki::state::LokiState;
use crate::room::patience::until_there_is_room;

/// Largest push body once it is unpacked.
const MAX_UNPACKED: usize = 64 << 20;

/// 204 if every entry was taken; else the first refusal, while the others are stored.
pub(crate) async fn receive(
    State(state): State<LokiState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, PlainError> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim().to_owned();
    let is_json = header(CONTENT_TYPE).split(';').next().is_some_and(|media| media.trim() == "application/json");
    let encoding = header(CONTENT_ENCODING);
    let now = state.clock.now_ns();
    until_there_is_room(|| state.store.admit(Duration::ZERO)).await;
    state
        .run(move |store, _, _| {
            let body = match &*encoding {
                "gzip" => Bytes::from(gunzip(&body)?),
                "" | "identity" | "snappy" => body,
                other => {
                    return Err(PlainError::bad_request(format!("Content-Encoding {other:?} not supported")));
                }
            };
            let streams = if is_json { json::decode(&body)? } else { protobuf::decode(&body, MAX_UNPACKED)? };
            if streams.iter().all(|stream| stream.entries.is_empty()) {
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
    let level = match entry.metadata.get(enrich::DETECTED_LEVEL) {
        Some(level) => enrich::level_named(level),
        None => enrich::detected_level(&labels, &entry.metadata, &entry.line),
    };
    let mut metadata = entry.metadata.to_builder();
    metadata.set(level.name, level.value);
    entry.metadata = metadata.build();
    (labels, entry)
}

fn gunzip(body: &[u8]) -> Result<Vec<u8>, PlainError> {
    let mut plain = Vec::new();
    let read = MultiGzDecoder::new(body).take(MAX_UNPACKED as u64 + 1).read_to_end(&mut plain);
    read.map_err(|error| PlainError::bad_request(format!("gzip: {error}")))?;
    if plain.len() > MAX_UNPACKED {
        return Err(PlainError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the request body has more than {MAX_UNPACKED} bytes once it is decompressed"),
        ));
    }
    Ok(plain)
}
