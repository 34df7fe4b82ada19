//! `logproto.PushRequest` in snappy blocks, as Promtail and Alloy send it.

use bytes::Bytes;
use lab_logs::Entry;
use lab_model::Labels;
use prost::Message;

use crate::error::PlainError;
use crate::loki::push::stream::{PushedStream, labels_of};
use crate::loki::push::text;

#[derive(Clone, PartialEq, Message)]
struct PushRequest {
    #[prost(message, repeated, tag = "1")]
    streams: Vec<Stream>,
}

#[derive(Clone, PartialEq, Message)]
struct Stream {
    /// As text: `{app="a"}`.
    #[prost(bytes = "bytes", tag = "1")]
    labels: Bytes,
    #[prost(message, repeated, tag = "2")]
    entries: Vec<ProtoEntry>,
}

#[derive(Clone, PartialEq, Message)]
struct ProtoEntry {
    #[prost(message, optional, tag = "1")]
    timestamp: Option<Timestamp>,
    #[prost(bytes = "bytes", tag = "2")]
    line: Bytes,
    #[prost(message, repeated, tag = "3")]
    structured_metadata: Vec<LabelPair>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Timestamp {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[derive(Clone, PartialEq, Message)]
struct LabelPair {
    #[prost(bytes = "bytes", tag = "1")]
    name: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    value: Bytes,
}

/// Reads a body of at most `max_unpacked` bytes once unpacked.
pub(crate) fn decode(body: &[u8], max_unpacked: usize) -> Result<Vec<PushedStream>, PlainError> {
    let corrupt = || PlainError::bad_request("snappy: corrupt input");
    if snap::raw::decompress_len(body).map_err(|_| corrupt())? > max_unpacked {
        return Err(PlainError::bad_request("snappy: decoded block is too large"));
    }
    let raw = snap::raw::Decoder::new().decompress_vec(body).map_err(|_| corrupt())?;
    let request = PushRequest::decode(&*raw).map_err(|error| PlainError::bad_request(error.to_string()))?;
    request.streams.into_iter().map(stream).collect()
}

fn stream(stream: Stream) -> Result<PushedStream, PlainError> {
    let entry = |entry: ProtoEntry| {
        let time = entry.timestamp.unwrap_or_default();
        let timestamp = time.seconds.saturating_mul(1_000_000_000).saturating_add(i64::from(time.nanos));
        let pairs = entry
            .structured_metadata
            .iter()
            .map(|pair| [&pair.name, &pair.value].map(|bytes| text::valid(bytes).into_owned()))
            .map(|[name, value]| (name, value));
        Entry::new(timestamp, &*text::valid(&entry.line)).with_metadata(Labels::from_pairs(pairs))
    };
    Ok(PushedStream {
        labels: labels_of(&text::valid(&stream.labels))?,
        entries: stream.entries.into_iter().map(entry).collect(),
    })
}
