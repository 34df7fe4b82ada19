//! Reading a request's body: bounded before and after decompression, and in time.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::otlp::limits::OtlpLimits;
use crate::otlp::refusal::Refusal;
use crate::otlp::transport::packing::Packing;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// The whole body, decompressed.
pub(crate) async fn read(headers: &HeaderMap, body: Body, limits: &OtlpLimits) -> Result<Bytes, Refusal> {
    let packing = Packing::named(headers.get(header::CONTENT_ENCODING))?;
    packing.unpack(read_packed(body, limits).await?, limits.decompressed_bytes)
}

/// The whole body as it was sent.
pub(crate) async fn read_packed(body: Body, limits: &OtlpLimits) -> Result<Bytes, Refusal> {
    let collected = tokio::time::timeout(PATIENCE, Limited::new(body, limits.body_bytes).collect())
        .await
        .map_err(|_| Refusal::TooSlow(PATIENCE.as_secs()))?;
    let bytes = collected.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
        Some(_) => Refusal::TooLarge(limits.body_bytes),
        None => Refusal::Malformed(format!("the request body ended before it was complete: {error}")),
    })?;
    Ok(bytes.to_bytes())
}
