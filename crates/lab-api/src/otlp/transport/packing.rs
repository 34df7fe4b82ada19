//! How a body is packed, and unpacking it within a limit.

use std::io::{self, Read};

use bytes::Bytes;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use http::HeaderValue;
use ruzstd::decoding::StreamingDecoder;
use snap::read::FrameDecoder;

use crate::otlp::refusal::Refusal;

/// How snappy begins if it is in frames.
const SNAPPY_STREAM: &[u8] = b"\xff\x06\x00\x00sNaPpY";

/// The content encodings that are taken, the empty one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Identity,
    Gzip,
    /// HTTP's `deflate` is zlib's format (RFC 9110, section 8.4.1.2).
    Zlib,
    Zstd,
    /// Snappy as one block, as the Collector sends it today, or in frames, as it did before.
    Snappy,
    SnappyFramed,
}

impl Packing {
    /// The one that a header names, if there is one.
    pub(crate) fn named(header: Option<&HeaderValue>) -> Result<Self, Refusal> {
        let Some(encoding) = header else { return Ok(Self::Identity) };
        let name = encoding.to_str().unwrap_or("?").trim();
        match name.to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" | "zlib" => Ok(Self::Zlib),
            "zstd" => Ok(Self::Zstd),
            "snappy" => Ok(Self::Snappy),
            "x-snappy-framed" => Ok(Self::SnappyFramed),
            _ => Err(Refusal::ContentEncoding(name.to_owned())),
        }
    }

    /// What was packed, if it is no longer than the limit.
    pub(crate) fn unpack(self, bytes: Bytes, limit: usize) -> Result<Bytes, Refusal> {
        let mut plain = Vec::with_capacity((bytes.len() * 4).min(limit));
        let read = match self {
            Self::Identity if bytes.len() > limit => return Err(Refusal::TooLarge(limit)),
            Self::Identity => return Ok(bytes),
            Self::Gzip => read_at_most(limit, MultiGzDecoder::new(&*bytes), &mut plain),
            Self::Zlib => read_at_most(limit, ZlibDecoder::new(&*bytes), &mut plain),
            Self::Zstd => StreamingDecoder::new(&*bytes)
                .map_err(io::Error::other)
                .and_then(|decoder| read_at_most(limit, decoder, &mut plain)),
            Self::Snappy if !bytes.starts_with(SNAPPY_STREAM) => unpack_block(limit, &bytes, &mut plain),
            Self::Snappy | Self::SnappyFramed => read_at_most(limit, FrameDecoder::new(&*bytes), &mut plain),
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

/// Unpacks a block of snappy, whose length stands in front; one that is too long is cut there, so that the caller sees it.
fn unpack_block(limit: usize, block: &[u8], into: &mut Vec<u8>) -> io::Result<usize> {
    let length = snap::raw::decompress_len(block)?;
    if length > limit {
        into.resize(limit + 1, 0);
    } else {
        *into = snap::raw::Decoder::new().decompress_vec(block)?;
    }
    Ok(into.len())
}
