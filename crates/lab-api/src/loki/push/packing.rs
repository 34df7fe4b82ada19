//! How a body of a push is packed.

use std::io::Read;

use axum::body::Bytes;
use axum::http::StatusCode;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::error::PlainError;

/// Largest push body once it is unpacked.
pub(crate) const MAX_UNPACKED: usize = 64 << 20;

/// The body as its `Content-Encoding` says. Snappy is a part of the protobuf form and stays.
pub(crate) fn unpacked(body: Bytes, encoding: &str) -> Result<Bytes, PlainError> {
    match encoding {
        "gzip" => read("gzip", MultiGzDecoder::new(&*body)),
        // Clients mean either of two forms by this word; the header of one of them tells them apart.
        "deflate" if has_zlib_header(&body) => read("deflate", ZlibDecoder::new(&*body)),
        "deflate" => read("deflate", DeflateDecoder::new(&*body)),
        "" | "identity" | "snappy" => Ok(body),
        other => Err(PlainError::bad_request(format!("Content-Encoding {other:?} not supported"))),
    }
}

fn has_zlib_header(body: &[u8]) -> bool {
    let [method, flags, ..] = body else { return false };
    method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*flags)).is_multiple_of(31)
}

fn read(name: &str, packed: impl Read) -> Result<Bytes, PlainError> {
    let mut plain = Vec::new();
    let read = packed.take(MAX_UNPACKED as u64 + 1).read_to_end(&mut plain);
    read.map_err(|error| PlainError::bad_request(format!("{name}: {error}")))?;
    if plain.len() > MAX_UNPACKED {
        return Err(PlainError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the request body has more than {MAX_UNPACKED} bytes once it is decompressed"),
        ));
    }
    Ok(plain.into())
}
