//! The JSON form of a push: `{"streams":[{"stream":{"app":"a"},"values":[["<ns>","line",{"trace_id":"abc"}]]}]}`.

use std::collections::BTreeMap;
use std::fmt;

use lab_logs::Entry;
use lab_model::Labels;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use serde_json::error::Category;

use crate::error::PlainError;
use crate::loki::push::stream::{PushedStream, labels_from};

#[derive(Deserialize)]
struct Push {
    #[serde(default)]
    streams: Vec<Stream>,
}

#[derive(Deserialize)]
struct Stream {
    #[serde(default)]
    stream: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<Value>,
}

struct Value(Entry);

/// Reads a body; the error names the place, after Loki's name of the part that was read.
pub(crate) fn decode(body: &[u8]) -> Result<Vec<PushedStream>, PlainError> {
    if body.is_empty() {
        return Err(PlainError::bad_request("EOF"));
    }
    let push: Push = serde_json::from_slice(body).map_err(|error| {
        let part = match error.classify() {
            Category::Data => "loghttp.PushRequest.Streams: []loghttp.LogProtoStream: unmarshalerDecoder",
            Category::Io | Category::Syntax | Category::Eof => "loghttp.PushRequest.readFieldHash",
        };
        PlainError::bad_request(format!("{part}: {error}"))
    })?;
    let streams = push.streams.into_iter().map(|stream| {
        let labels = labels_from(stream.stream.into_iter().collect())?;
        Ok(PushedStream { labels, entries: stream.values.into_iter().map(|Value(entry)| entry).collect() })
    });
    streams.collect()
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;
        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("[\"<ns since the epoch>\", \"line\"] with optional metadata")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                let time: String = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
                let line: String = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(1, &self))?;
                let metadata: BTreeMap<String, String> = seq.next_element()?.unwrap_or_default();
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                let timestamp =
                    time.parse().map_err(|_| A::Error::custom(format!("timestamp {time:?} is no integer")))?;
                Ok(Value(Entry::new(timestamp, line).with_metadata(Labels::from_pairs(metadata))))
            }
        }
        deserializer.deserialize_seq(ValueVisitor)
    }
}
