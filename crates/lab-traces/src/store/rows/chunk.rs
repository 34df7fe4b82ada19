//! A fragment's spans as one blob: for each span the origin's number, its length and its bytes, all of it
//! compressed by LZ4 behind its uncompressed length.

use std::sync::Arc;

use bytes::Bytes;

use crate::protobuf::fields::{Fields, WireError, put_varint};
use crate::store::buffer::StoredSpan;
use crate::store::index::origin::{Origin, Origins};

/// No fragment is larger; what claims to be is damaged.
const MAX_BYTES: usize = 256 << 20;

pub(crate) fn encode<'a>(spans: impl IntoIterator<Item = &'a StoredSpan>) -> Vec<u8> {
    let mut plain = Vec::with_capacity(4096);
    for span in spans {
        put_varint(&mut plain, u64::from(span.origin.id));
        put_varint(&mut plain, span.otlp.len() as u64);
        plain.extend_from_slice(&span.otlp);
    }
    lz4_flex::block::compress_prepend_size(&plain)
}

/// Unpacks spans; `None` if the blob is damaged.
pub(crate) fn decode(blob: &[u8], origins: &Origins) -> Option<Vec<StoredSpan>> {
    let (size, packed) = lz4_flex::block::uncompressed_size(blob).ok()?;
    if size > MAX_BYTES {
        return None;
    }
    let plain = Bytes::from(lz4_flex::block::decompress(packed, size).ok()?);
    split(&plain, origins).ok()
}

fn split(plain: &Bytes, origins: &Origins) -> Result<Vec<StoredSpan>, WireError> {
    let mut spans = Vec::new();
    let mut rest = Fields(plain);
    let mut last: Option<Arc<Origin>> = None;
    while !rest.0.is_empty() {
        let id = rest.varint()?;
        let length = rest.varint()? as usize;
        let otlp = rest.take(length)?;
        if last.as_ref().is_none_or(|origin| u64::from(origin.id) != id) {
            last = u32::try_from(id).ok().map(|id| origins.get(id));
        }
        spans.extend(last.clone().map(|origin| StoredSpan { origin, otlp: plain.slice_ref(otlp) }));
    }
    Ok(spans)
}
