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
use crate::loki::push::text;

#[derive(Deserialize)]
struct Push {
    #[serde(default)]
    streams: Vec<Stream>,
}

#[derive(Deserialize)]
struct Stream {
    #[serde(default, rename = "stream")]
    labels: BTreeMap<String, Scalar>,
    #[serde(default)]
    values: Vec<Value>,
    /// The lines in the older JSON, which has a path of its own: here they would be lost in silence.
    entries: Option<IgnoredAny>,
}

/// The value of a label; numbers and truth values count as they are written.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Number(serde_json::Number),
    Boolean(bool),
    Nothing(()),
}

impl Scalar {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
            Self::Boolean(value) => value.to_string(),
            Self::Nothing(()) => String::new(),
        }
    }
}

struct Value(Entry);

/// Reads a body; the error names the place, after Loki's name of the part that was read.
pub(crate) fn decode(body: &[u8]) -> Result<Vec<PushedStream>, PlainError> {
    if body.is_empty() {
        return Err(PlainError::bad_request("EOF"));
    }
    let push: Push = serde_json::from_str(&text::valid(body)).map_err(|error| {
        let part = match error.classify() {
            Category::Data => "loghttp.PushRequest.Streams: []loghttp.LogProtoStream: unmarshalerDecoder",
            Category::Io | Category::Syntax | Category::Eof => "loghttp.PushRequest.readFieldHash",
        };
        PlainError::bad_request(format!("{part}: {error}"))
    })?;
    let streams = push.streams.into_iter().filter(|stream| stream.entries.is_none()).map(|stream| {
        let labels = labels_from(stream.labels.into_iter().map(|(name, value)| (name, value.into_text())).collect())?;
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
                let line: String = seq.next_element()?.unwrap_or_default();
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
