//! Reading a request's body: bounded before and after decompression, and in time.

use std::io::{self, Read};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use ruzstd::decoding::StreamingDecoder;
use snap::read::FrameDecoder;

use crate::otlp::limits::OtlpLimits;
use crate::otlp::refusal::Refusal;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// The content encodings that are taken, the empty one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Identity,
    Gzip,
    /// HTTP's `deflate` is zlib's format (RFC 9110, section 8.4.1.2).
    Zlib,
    Zstd,
    /// Snappy in frames.
    Snappy,
}

/// The whole body, decompressed.
pub(crate) async fn read(headers: &HeaderMap, body: Body, limits: &OtlpLimits) -> Result<Bytes, Refusal> {
    let packing = Packing::of(headers)?;
    let collected = tokio::time::timeout(PATIENCE, Limited::new(body, limits.body_bytes).collect())
        .await
        .map_err(|_| Refusal::TooSlow(PATIENCE.as_secs()))?;
    let bytes = collected.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
        Some(_) => Refusal::TooLarge(limits.body_bytes),
        None => Refusal::Malformed(format!("the request body ended before it was complete: {error}")),
    })?;
    packing.unpack(bytes.to_bytes(), limits.decompressed_bytes)
}

impl Packing {
    fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let Some(encoding) = headers.get(header::CONTENT_ENCODING) else { return Ok(Self::Identity) };
        let name = encoding.to_str().unwrap_or("?").trim();
        match name.to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" | "zlib" => Ok(Self::Zlib),
            "zstd" => Ok(Self::Zstd),
            "snappy" | "x-snappy-framed" => Ok(Self::Snappy),
            _ => Err(Refusal::ContentEncoding(name.to_owned())),
        }
    }

    fn unpack(self, bytes: Bytes, limit: usize) -> Result<Bytes, Refusal> {
        let mut plain = Vec::with_capacity((bytes.len() * 4).min(limit));
        let read = match self {
            Self::Identity if bytes.len() > limit => return Err(Refusal::TooLarge(limit)),
            Self::Identity => return Ok(bytes),
            Self::Gzip => read_at_most(limit, MultiGzDecoder::new(&*bytes), &mut plain),
            Self::Zlib => read_at_most(limit, ZlibDecoder::new(&*bytes), &mut plain),
            Self::Zstd => StreamingDecoder::new(&*bytes)
                .map_err(io::Error::other)
                .and_then(|decoder| read_at_most(limit, decoder, &mut plain)),
            Self::Snappy => read_at_most(limit, FrameDecoder::new(&*bytes), &mut plain),
        };
        read.map_err(|error| {
            let name = format!("{self:?}").to_lowercase();
            Refusal::Malformed(format!("the request body cannot be decompressed ({name}): {error}"))
        })?;
        if plain.len() > limit { Err(Refusal::TooLarge(limit)) } else { Ok(plain.into()) }
    }
}

/// Reads one byte more than the limit, so that the caller sees that there was more.
fn read_at_most(limit: usize, from: impl Read, into: &mut Vec<u8>) -> io::Result<usize> {
    from.take(limit as u64 + 1).read_to_end(into)
}
