//! A request as a question describes it, and what identifies it among the others.
//!
//! | Parameter | Meaning | If it is absent |
//! |---|---|---|
//! | `door` | where it goes, such as `loki/push` | |
//! | `form` | `json` or `protobuf` | `protobuf` |
//! | `body` | the whole body as a text | one item |
//! | `metric`, `point`, `record`, `span`, `resource`, `entry` | a part of that one item, as JSON | a plain one |
//! | `pad` | so many bytes that mean nothing behind the body | none |
//! | `packed` | how the bytes are packed, one way after the other | not |
//! | `encoding` | the header `Content-Encoding` | as `packed` |
//! | `type` | the header `Content-Type`; `none` for no such header | as `form` |
//! | `harm` | `truncated`, `damaged`, `empty` or `more` (bytes behind the end) | unharmed |

use std::time::{SystemTime, UNIX_EPOCH};

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use reqwest::Client;
use serde_json::Value;

use crate::doors::{bodies, packing};

/// How deep `$NEST` nests a value, where that is not said.
const NEST: &str = "$NEST";

/// What stands for one request in its body and is looked for afterwards.
pub(crate) struct Marks {
    /// The name of its service, metric and label.
    pub(crate) id: String,
    /// The id of its trace, in hex.
    pub(crate) trace: String,
    /// When it is sent, nanoseconds since the epoch.
    pub(crate) now_ns: u64,
}

impl Marks {
    /// Those of the request with this number.
    pub(crate) fn of(number: u64) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
        let now_ns = u64::try_from(now).expect("before 2554") / 1_000_000 * 1_000_000;
        Self { id: format!("letter{number:05}x"), trace: format!("5b8efff798038103d269b633{number:08x}"), now_ns }
    }

    /// A text with the marks in the place of their names.
    pub(crate) fn filled(&self, text: &str) -> String {
        let milliseconds = (self.now_ns / 1_000_000).to_string();
        let filled = text
            .replace("$ID", &self.id)
            .replace("$TRACE", &self.trace)
            .replace("$NOW", &self.now_ns.to_string())
            .replace("$MICROSECONDS", &(self.now_ns / 1_000).to_string())
            .replace("$MILLISECONDS", &milliseconds);
        match filled.split_once(NEST) {
            None => filled,
            Some((before, after)) => {
                let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
                let deep: usize = after[..digits].parse().expect("a number behind $NEST");
                let (open, close) = (r#"{"arrayValue":{"values":["#, "]}}");
                let nested = [&open.repeat(deep), r#"{"stringValue":"deep"}"#, &close.repeat(deep)].concat();
                [before, &nested, &after[digits..]].concat()
            }
        }
    }

    /// What was kept, with the names in the place of the marks, so that it is the same of every request.
    pub(crate) fn hidden(&self, kept: Value) -> Value {
        match kept {
            Value::String(text) => {
                let hidden = text
                    .replace(&self.id, "ID")
                    .replace(&self.trace, "TRACE")
                    .replace(&self.trace.to_ascii_uppercase(), "TRACE")
                    .replace(&self.now_ns.to_string(), "NOW");
                Value::String(hidden)
            }
            Value::Array(items) => Value::Array(items.into_iter().map(|item| self.hidden(item)).collect()),
            Value::Object(fields) => {
                Value::Object(fields.into_iter().map(|(name, value)| (name, self.hidden(value))).collect())
            }
            other => other,
        }
    }
}

/// A request that is ready to be sent.
pub(crate) struct Letter {
    pub(crate) door: &'static str,
    content_type: Option<HeaderValue>,
    encoding: Option<HeaderValue>,
    bytes: Vec<u8>,
}

impl Letter {
    pub(crate) fn of(asked: &[(String, String)], marks: &Marks) -> Self {
        let given = |name: &str| asked.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str());
        let door = bodies::door(given("door").expect("a door"));
        let is_json = given("form") == Some("json");
        let mut plain = match given("body") {
            Some(body) => marks.filled(body).into_bytes(),
            None => bodies::plain(door, is_json, &given, marks),
        };
        let pad = given("pad").map_or(0, |number| number.parse().expect("a number of bytes"));
        bodies::pad(&mut plain, pad, is_json || door.ends_with("zipkin"));
        let packed = given("packed").unwrap_or(bodies::packing(door, is_json));
        let bytes = packing::harmed(packing::packed(plain, packed), given("harm"));
        let header = |text: &str| HeaderValue::from_bytes(text.as_bytes()).expect("a header");
        let content_type = match given("type") {
            Some("none") => None,
            Some(text) => Some(header(text)),
            None => Some(header(bodies::content_type(door, is_json))),
        };
        let encoding = match given("encoding") {
            Some("none") => None,
            Some(text) => Some(header(text)),
            None => (given("packed").is_some() || bodies::has_header(door)).then(|| header(packed)),
        };
        Self { door, content_type, encoding, bytes }
    }

    /// Sends it; the status, or 0 if there was no answer.
    pub(crate) async fn post(&self, client: &Client, url: &str) -> u16 {
        let mut request = client.post(url).body(self.bytes.clone());
        if let Some(content_type) = &self.content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        if let Some(encoding) = &self.encoding {
            request = request.header(CONTENT_ENCODING, encoding);
        }
        request.send().await.map_or(0, |answer| answer.status().as_u16())
    }
}
