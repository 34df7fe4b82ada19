//! `push`: entries as JSON, or as protobuf in snappy (any other media type), either in gzip too.
//!
//! A push is stored as far as its entries are valid, and not at all while there is no room: then the answer is 429 with
//! the time to wait, which Loki's clients repeat.

mod json;
mod protobuf;

use std::io::Read;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, SecondsFormat, Utc};
use flate2::read::MultiGzDecoder;
use lab_logs::{Entry, LogStore, Policy, Reason, Rejection, enrich};
use lab_model::{Labels, LabelsBuilder, labels::is_label_name};

use super::error::bad_request;
use super::params;
use super::state::LokiState;
use crate::error::PlainError;

/// How long a sender waits for room before it is told to come again, and how often is looked for it.
const PATIENCE: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(20);
/// Largest push body once it is unpacked.
const MAX_UNPACKED: usize = 64 << 20;

/// A stream as it was pushed.
pub(super) struct PushedStream {
    labels: Labels,
    entries: Vec<Entry>,
}

/// 204 if every entry was taken; else the first refusal, while the others are stored.
pub(super) async fn receive(
    State(state): State<LokiState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, PlainError> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim().to_owned();
    let is_json = header(CONTENT_TYPE).split(';').next().is_some_and(|media| media.trim() == "application/json");
    let encoding = header(CONTENT_ENCODING);
    let now = params::now();
    until_there_is_room(&state.store).await;
    state
        .run(move |store, _, _| {
            let body = match &*encoding {
                "gzip" => Bytes::from(gunzip(&body)?),
                "" | "identity" | "snappy" => body,
                other => {
                    return Err(bad_request(format!("Content-Encoding {other:?} not supported")));
                }
            };
            let streams = if is_json { json::decode(&body)? } else { protobuf::decode(&body, MAX_UNPACKED)? };
            if streams.iter().all(|stream| stream.entries.is_empty()) {
                return Err(PlainError::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "error at least one valid stream is required for ingestion",
                ));
            }
            let policy = Policy::pushed(now);
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

/// Holds a sender back while the store's memory is full, though not for long: then it is told when to come again.
async fn until_there_is_room(store: &LogStore) {
    let patience = tokio::time::Instant::now() + PATIENCE;
    while store.admit(Duration::ZERO).is_err() && tokio::time::Instant::now() < patience {
        tokio::time::sleep(LOOK).await;
    }
}

fn with_level(labels: Labels, mut entry: Entry) -> (Labels, Entry) {
    if entry.metadata.get(enrich::DETECTED_LEVEL).is_none() {
        let level = enrich::detected_level(&labels, &entry.metadata, &entry.line);
        let mut metadata = entry.metadata.to_builder();
        metadata.set(level.name, level.value);
        entry.metadata = metadata.build();
    }
    (labels, entry)
}

fn refusal(rejection: &Rejection, policy: &Policy, limits: &lab_logs::Limits) -> PlainError {
    let Rejection { reason, stream, timestamp, line_bytes } = rejection;
    let message = match reason {
        Reason::TooOld => format!(
            "entry for stream '{stream}' has timestamp too old: {}, oldest acceptable timestamp is: {}",
            rfc3339(*timestamp),
            rfc3339(policy.times.oldest.unwrap_or_default())
        ),
        Reason::TooNew => format!("entry for stream '{stream}' has timestamp too new: {}", rfc3339(*timestamp)),
        Reason::LineTooLong => format!(
            "max entry size '{}' bytes exceeded for stream '{stream}' while adding an entry with length '{line_bytes}' bytes",
            limits.line_bytes
        ),
        Reason::MetadataTooLarge => format!(
            "stream '{stream}' has structured metadata too large; limit: {} bytes per entry",
            limits.metadata_bytes
        ),
        Reason::InvalidLabels => format!(
            "stream '{stream}' has {} labels, or a name or value that is too long; limits: {} labels, names of {} and \
             values of {} bytes",
            stream.len(),
            limits.labels.count,
            limits.labels.name_bytes,
            limits.labels.value_bytes
        ),
        Reason::StreamLimit => {
            let message = format!(
                "maximum active stream limit exceeded when trying to create stream {stream}, reduce the number of active \
                 streams (reduce labels or reduce label values); limit: {}",
                limits.streams
            );
            return PlainError::new(StatusCode::TOO_MANY_REQUESTS, message);
        }
    };
    bad_request(message)
}

/// A label set from pairs, refused as Loki's parser of `{…}` would refuse it.
fn labels_from(pairs: Vec<(String, String)>) -> Result<Labels, PlainError> {
    let mut builder = LabelsBuilder::default();
    let mut before = 1;
    let mut sorted = pairs;
    sorted.sort();
    for (name, value) in sorted {
        if !is_label_name(&name) {
            let good = |(at, c): (usize, char)| c == '_' || c.is_ascii_alphabetic() || (at > 0 && c.is_ascii_digit());
            let at = name.chars().enumerate().position(|each| !good(each)).unwrap_or(0);
            let bad = name.chars().nth(at).unwrap_or('=');
            return Err(bad_request(format!(
                "couldn't parse labels: 1:{}: parse error: unexpected character inside braces: '{bad}'",
                before + at + 1
            )));
        }
        before += name.chars().count() + format!("={value:?}, ").chars().count();
        builder.set(name, value);
    }
    Ok(builder.build())
}

fn gunzip(body: &[u8]) -> Result<Vec<u8>, PlainError> {
    let mut plain = Vec::new();
    let read = MultiGzDecoder::new(body).take(MAX_UNPACKED as u64 + 1).read_to_end(&mut plain);
    read.map_err(|error| bad_request(format!("gzip: {error}")))?;
    if plain.len() > MAX_UNPACKED {
        return Err(PlainError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the unpacked body is larger than {MAX_UNPACKED} bytes"),
        ));
    }
    Ok(plain)
}

fn rfc3339(nanoseconds: i64) -> String {
    DateTime::<Utc>::from_timestamp_nanos(nanoseconds).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
