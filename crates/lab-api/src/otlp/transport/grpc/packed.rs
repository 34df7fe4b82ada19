//! Messages of gRPC in packings that tonic does not know: zstd and snappy, which a Collector may be told to use.
//!
//! A request of one message is unpacked before tonic sees it.

use axum::body::Body;
use axum::extract::Request;
use bytes::{BufMut, Bytes, BytesMut};

use crate::otlp::limits::OtlpLimits;
use crate::otlp::refusal::Refusal;
use crate::otlp::transport::body;
use crate::otlp::transport::packing::Packing;

/// The header that names the packing.
const ENCODING: &str = "grpc-encoding";
/// A flag and the length of the message in four bytes stand before it.
const PREFIX: usize = 5;

/// The request, with its message unpacked if it is packed so.
pub(super) async fn unpacked(request: Request, limits: &OtlpLimits) -> Result<Request, Refusal> {
    let packing = match request.headers().get(ENCODING).map(|name| name.as_bytes().to_ascii_lowercase()).as_deref() {
        Some(b"zstd") => Packing::Zstd,
        // gRPC's snappy is always in frames.
        Some(b"snappy") => Packing::SnappyFramed,
        _ => return Ok(request),
    };
    let (mut head, body) = request.into_parts();
    let bytes = body::read_packed(body, limits).await?;
    head.headers.remove(ENCODING);
    Ok(Request::from_parts(head, Body::from(message(packing, bytes, limits)?)))
}

/// One message with its prefix; what does not look like one is left to tonic, which says what is wrong.
fn message(packing: Packing, bytes: Bytes, limits: &OtlpLimits) -> Result<Bytes, Refusal> {
    let is_packed = bytes.first() == Some(&1);
    let length = bytes.get(1..PREFIX).and_then(|length| Some(u32::from_be_bytes(length.try_into().ok()?) as usize));
    if !is_packed || length != Some(bytes.len() - PREFIX) {
        return Ok(bytes);
    }
    let plain = packing.unpack(bytes.slice(PREFIX..), limits.decompressed_bytes)?;
    let length = u32::try_from(plain.len()).map_err(|_| Refusal::TooLarge(limits.decompressed_bytes))?;
    let mut framed = BytesMut::with_capacity(PREFIX + plain.len());
    framed.put_u8(0);
    framed.put_u32(length);
    framed.put(plain);
    Ok(framed.freeze())
}
