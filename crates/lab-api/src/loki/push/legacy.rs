//! The JSON form of `/api/prom/push`: `{"streams":[{"labels":"{app=\"a\"}","entries":[{"ts":"<RFC 3339>","line":"x"}]}]}`.

use chrono::DateTime;
use lab_logs::Entry;
use serde::Deserialize;

use crate::error::PlainError;
use crate::loki::push::stream::{PushedStream, labels_of};
use crate::loki::push::text;

#[derive(Deserialize)]
struct Push {
    #[serde(default)]
    streams: Vec<Stream>,
}

#[derive(Deserialize)]
struct Stream {
    #[serde(default)]
    labels: String,
    #[serde(default)]
    entries: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(alias = "timestamp")]
    ts: String,
    #[serde(default)]
    line: String,
}

/// Reads a body.
pub(crate) fn decode(body: &[u8]) -> Result<Vec<PushedStream>, PlainError> {
    let push: Push =
        serde_json::from_str(&text::valid(body)).map_err(|error| PlainError::bad_request(error.to_string()))?;
    let entry = |Line { ts, line }: Line| {
        let time = DateTime::parse_from_rfc3339(&ts).ok().and_then(|time| time.timestamp_nanos_opt());
        let time = time.ok_or_else(|| PlainError::bad_request(format!("the time {ts:?} is none of RFC 3339")))?;
        Ok(Entry::new(time, line))
    };
    let stream = |stream: Stream| {
        let entries = stream.entries.into_iter().map(entry).collect::<Result<_, PlainError>>()?;
        Ok(PushedStream { labels: labels_of(&stream.labels)?, entries })
    };
    push.streams.into_iter().map(stream).collect()
}
