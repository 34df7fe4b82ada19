//! Reading a request's body: bounded before and after decompression, and in time.

use std::io::Read;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::otlp::limits::OtlpLimits;
use crate::otlp::refusal::Refusal;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// The whole body, decompressed.
pub(crate) async fn read(headers: &HeaderMap, body: Body, limits: &OtlpLimits) -> Result<Bytes, Refusal> {
    let gzip = is_gzip(headers)?;
    let collected = tokio::time::timeout(PATIENCE, Limited::new(body, limits.body_bytes).collect())
        .await
        .map_err(|_| Refusal::TooSlow(PATIENCE.as_secs()))?;
    let bytes = collected.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
        Some(_) => Refusal::TooLarge(limits.body_bytes),
        None => Refusal::Malformed(format!("the request body ended before it was complete: {error}")),
    })?;
    if gzip { decompress(&bytes.to_bytes(), limits.decompressed_bytes) } else { Ok(bytes.to_bytes()) }
}

fn is_gzip(headers: &HeaderMap) -> Result<bool, Refusal> {
    let Some(encoding) = headers.get(header::CONTENT_ENCODING) else { return Ok(false) };
    match encoding.to_str().unwrap_or("?").trim() {
        "" | "identity" => Ok(false),
        "gzip" => Ok(true),
        other => Err(Refusal::ContentEncoding(other.to_owned())),
    }
}

fn decompress(bytes: &[u8], limit: usize) -> Result<Bytes, Refusal> {
    let mut plain = Vec::with_capacity((bytes.len() * 4).min(limit));
    let read = MultiGzDecoder::new(bytes).take(limit as u64 + 1).read_to_end(&mut plain);
    read.map_err(|error| Refusal::Malformed(format!("the request body cannot be decompressed (gzip): {error}")))?;
    if plain.len() > limit {
        return Err(Refusal::TooLarge(limit));
    }
    Ok(plain.into())
}
