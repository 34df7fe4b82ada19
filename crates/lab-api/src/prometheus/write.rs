//! `POST /api/v1/write`: the remote-write receiver, versions 1.0 and 2.0.
//!
//! A request is stored as far as its series allow, and not at all while there is no room: then the answer is 503, which
//! Prometheus repeats, where it would drop what is answered 429.
//!
//! Sources: <https://prometheus.io/docs/specs/prw/remote_write_spec/> and `…_2_0/`. Native histograms are
//! stored like other samples.

pub mod histogram;
pub mod send;
pub mod series;
pub mod v1;
pub mod v2;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use lab_metrics::MetricStore;
use prost::Message;

use crate::error::PlainError;
use crate::prometheus::state::PrometheusState;
use crate::prometheus::write::series::Stored;
use crate::room::patience::until_there_is_room;

/// Largest request, unpacked.
const MAX_BYTES: usize = 64 << 20;

/// Stores a request; 204, or 400 with the first refusal if the store refused something.
pub(crate) async fn receive(State(state): State<PrometheusState>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (media, encoding) = (text(CONTENT_TYPE).to_owned(), text(CONTENT_ENCODING).to_owned());
    let now_ms = state.clock.now_ms();
    until_there_is_room(|| state.store.admit(Duration::ZERO)).await;
    let work = move || store(&state.store, (&media, &encoding), &body, now_ms);
    let stored = match tokio::task::spawn_blocking(work).await {
        Ok(Ok(stored)) => stored,
        Ok(Err(refusal)) => return refusal.into_response(),
        Err(panic) => return PlainError::internal(panic.to_string()).into_response(),
    };
    let written = [
        ("X-Prometheus-Remote-Write-Samples-Written", stored.samples.to_string()),
        ("X-Prometheus-Remote-Write-Histograms-Written", stored.histograms.to_string()),
        ("X-Prometheus-Remote-Write-Exemplars-Written", stored.exemplars.to_string()),
    ];
    match stored.refusal {
        None => (StatusCode::NO_CONTENT, written).into_response(),
        Some(refusal) => (StatusCode::BAD_REQUEST, written, refusal).into_response(),
    }
}

fn store(
    store: &Arc<MetricStore>,
    (media, encoding): (&str, &str),
    body: &[u8],
    now_ms: i64,
) -> Result<Stored, PlainError> {
    if !encoding.is_empty() && encoding != "snappy" {
        let reason = format!(
            "{encoding:?} encoding (compression) is not accepted by this server; only \"snappy\" is acceptable"
        );
        return Err(PlainError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason));
    }
    let version = version(media)?;
    let bad = |reason: String| PlainError::bad_request(reason);
    let full = |wait| PlainError::wait(StatusCode::SERVICE_UNAVAILABLE, wait);
    let length = snap::raw::decompress_len(body).map_err(|error| bad(error.to_string()))?;
    if length > MAX_BYTES {
        return Err(PlainError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the request has {length} bytes once it is decompressed, but at most {MAX_BYTES} are accepted"),
        ));
    }
    let bytes = snap::raw::Decoder::new().decompress_vec(body).map_err(|error| bad(error.to_string()))?;
    match version {
        1 => {
            let packed = v1::PackedRequest::decode(Bytes::from(bytes)).map_err(|error| bad(error.to_string()))?;
            packed.store(store, now_ms).map_err(full)?.map_err(bad)
        }
        _ => {
            let request = v2::Request::decode(&*bytes).map_err(|error| bad(error.to_string()))?;
            request.store(store, now_ms).map_err(full)?.map_err(bad)
        }
    }
}

/// Tells the version from the `Content-Type`.
fn version(media: &str) -> Result<u8, PlainError> {
    let mut parts = media.split(';').map(str::trim);
    let refuse = || {
        PlainError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("{media:?} is not a content type of remote write; use application/x-protobuf"),
        )
    };
    if !matches!(parts.next(), Some("" | "application/x-protobuf")) {
        return Err(refuse());
    }
    match parts.find_map(|part| part.strip_prefix("proto=")) {
        None | Some("prometheus.WriteRequest") => Ok(1),
        Some("io.prometheus.write.v2.Request") => Ok(2),
        Some(_) => Err(refuse()),
    }
}
