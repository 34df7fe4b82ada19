//! What dice-roller answers, as far as the frontend needs to understand it.
//!
//! The body itself goes on to the client as it is, with `trace_id` put in as its last member.

use std::time::Duration;

use http::HeaderMap;
use serde::Deserialize;

/// The header in which dice-roller states how long the rolls of a batch took.
const SERVER_TIMING: &str = "server-timing";

/// Answer to `/roll`.
#[derive(Debug, Deserialize)]
pub struct RollAnswer {
    pub roll: i64,
}

/// Answer to `/roll-async`.
#[derive(Debug, Deserialize)]
pub struct BatchAnswer {
    /// Sum of the good rolls.
    pub total: i128,
    /// The faces by index, `null` for failed rolls.
    pub rolls: Vec<Option<i64>>,
}

/// The error body of RFC 9457.
#[derive(Debug, Default, Deserialize)]
pub struct ProblemAnswer {
    /// What went wrong, for people.
    pub detail: Option<String>,
    /// The wrong parameters of a 422.
    #[serde(default)]
    pub errors: Vec<Mistake>,
}

/// One wrong parameter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Mistake {
    pub param: String,
    /// What is wrong with it.
    pub message: String,
}

/// How long the rolls of a batch took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// From the first roll's start to the last one's end.
    pub together: Duration,
    /// Sum of the durations of the rolls: the same dice one after another.
    pub sequential: Duration,
}

impl Timing {
    /// Reads `batch;dur=…` and `sequential;dur=…` (milliseconds) of a `Server-Timing` header.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(SERVER_TIMING)?.to_str().ok()?;
        Some(Self { together: metric(text, "batch")?, sequential: metric(text, "sequential")? })
    }
}

/// Puts `"trace_id"` in as the last member of a JSON object; `None` if `body` is no object.
pub fn with_trace_id(body: &[u8], trace_id: &str) -> Option<Vec<u8>> {
    let members = body.trim_ascii_end().strip_suffix(b"}")?.trim_ascii_end();
    let separator: &[u8] = if members.ends_with(b"{") { b"" } else { b"," };
    Some([members, separator, b"\"trace_id\":\"", trace_id.as_bytes(), b"\"}"].concat())
}

fn metric(text: &str, name: &str) -> Option<Duration> {
    let entry = text.split(',').map(str::trim).find(|entry| entry.split(';').next() == Some(name))?;
    let millis: f64 = entry.split(';').find_map(|part| part.trim().strip_prefix("dur="))?.parse().ok()?;
    Duration::try_from_secs_f64(millis / 1e3).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trace_id_becomes_the_last_member() {
        let with = |body: &str| with_trace_id(body.as_bytes(), "ab").map(|body| String::from_utf8(body).expect("text"));
        assert_eq!(with(r#"{"roll":4}"#).as_deref(), Some(r#"{"roll":4,"trace_id":"ab"}"#));
        assert_eq!(with("{\"roll\": 4 }\n").as_deref(), Some(r#"{"roll": 4,"trace_id":"ab"}"#));
        assert_eq!(with("{}").as_deref(), Some(r#"{"trace_id":"ab"}"#));
        assert_eq!(with("[1]"), None);
        assert_eq!(with(""), None);
    }

    #[test]
    fn server_timing_is_read() {
        let timing = |text: &'static str| {
            Timing::from_headers(&HeaderMap::from_iter([(
                SERVER_TIMING.parse().expect("a name"),
                text.parse().expect("a value"),
            )]))
        };
        let expected = Timing { together: Duration::from_micros(912_500), sequential: Duration::from_millis(4_800) };
        assert_eq!(timing("batch;dur=912.5, sequential;dur=4800"), Some(expected));
        assert_eq!(timing("sequential;desc=x;dur=4800,cache,batch;dur=912.5"), Some(expected));
        for bad in
            ["", "batch;dur=1", "batch;dur=-1, sequential;dur=1", "batch;dur=x, sequential;dur=1", "batch, sequential"]
        {
            assert_eq!(timing(bad), None, "{bad}");
        }
    }
}
