//! The body of a request. What is not known in it is passed over; `null` is as good as nothing.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// What a page sends at once.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Payload {
    #[serde(deserialize_with = "or_default")]
    pub(super) logs: Vec<Log>,
    #[serde(deserialize_with = "or_default")]
    pub(super) exceptions: Vec<Exception>,
    #[serde(deserialize_with = "or_default")]
    pub(super) measurements: Vec<Measurement>,
    #[serde(deserialize_with = "or_default")]
    pub(super) events: Vec<Event>,
    #[serde(deserialize_with = "or_default")]
    pub(super) meta: Meta,
    /// A request of OTLP in JSON.
    traces: Option<Box<RawValue>>,
}

impl Payload {
    pub(crate) fn read(body: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(body).map_err(|error| format!("the request is not what the Faro SDK sends: {error}"))
    }

    /// The spans, as OTLP in JSON; `None` if there are none.
    pub(crate) fn traces(&self) -> Option<Bytes> {
        let json = self.traces.as_ref()?.get();
        (json != "null").then(|| Bytes::copy_from_slice(json.as_bytes()))
    }
}

/// Texts by name.
pub(super) type Texts = BTreeMap<String, String>;

/// The trace that something belongs to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Trace {
    pub(super) trace_id: String,
    pub(super) span_id: String,
}

/// A message of the console or of the program.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Log {
    pub(super) message: String,
    pub(super) level: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) context: Texts,
    pub(super) timestamp: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) trace: Trace,
}

/// An error that was thrown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Exception {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) value: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) stacktrace: Stacktrace,
    pub(super) timestamp: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) trace: Trace,
    #[serde(deserialize_with = "or_default")]
    pub(super) context: Texts,
}

/// Where an error was thrown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stacktrace {
    #[serde(deserialize_with = "or_default")]
    pub(super) frames: Vec<Frame>,
}

/// A call of a stack trace.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Frame {
    pub(super) function: String,
    pub(super) module: String,
    pub(super) filename: String,
    pub(super) lineno: i64,
    pub(super) colno: i64,
}

/// Numbers that were measured together.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Measurement {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) values: BTreeMap<String, f64>,
    pub(super) timestamp: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) trace: Trace,
    #[serde(deserialize_with = "or_default")]
    pub(super) context: Texts,
}

/// Something that happened on a page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) domain: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) attributes: Texts,
    pub(super) timestamp: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) trace: Trace,
}

/// Where everything of a request happened.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Meta {
    #[serde(deserialize_with = "or_default")]
    pub(super) sdk: Sdk,
    #[serde(deserialize_with = "or_default")]
    pub(super) app: App,
    #[serde(deserialize_with = "or_default")]
    pub(super) user: User,
    #[serde(deserialize_with = "or_default")]
    pub(super) session: Identified,
    #[serde(deserialize_with = "or_default")]
    pub(super) page: Identified,
    #[serde(deserialize_with = "or_default")]
    pub(super) browser: Browser,
    #[serde(deserialize_with = "or_default")]
    pub(super) view: Named,
}

/// The SDK, and what was plugged into it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sdk {
    pub(super) name: String,
    pub(super) version: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) integrations: Vec<Named>,
}

/// The application, by whose name its lines are found.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct App {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) release: String,
    pub(super) version: String,
    pub(super) environment: String,
}

/// Who looks at the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct User {
    pub(super) email: String,
    pub(super) id: String,
    pub(super) username: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) attributes: Texts,
}

/// A session or a page; a session has no address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Identified {
    pub(super) id: String,
    pub(super) url: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) attributes: Texts,
}

/// The browser and its window.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Browser {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) os: String,
    pub(super) mobile: bool,
    pub(super) user_agent: String,
    pub(super) language: String,
    pub(super) viewport_width: String,
    pub(super) viewport_height: String,
}

/// A view or an integration; a view has no version.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) version: String,
}

fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
