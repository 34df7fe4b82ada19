//! OTLP's JSON, read into the protobuf that a sender of protobuf would have sent, so that both go the same way from here.
//!
//! Source: <https://protobuf.dev/programming-guides/json/>, with the exceptions of OTLP
//! (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>): `traceId` and `spanId` are hex. Fields have either
//! of their names, enums their name or number, numbers stand as number or text, `null` is an absent field, and a field that
//! is not known is passed over. Errors name the field and the item. ADR 0022 says why this is our own.

mod depth;
mod messages;
mod reader;
mod repair;
mod scalar;
pub(crate) mod schema;
mod text;

use bytes::Bytes;

use crate::otlp::json::messages::{logs, metrics, traces};
use crate::otlp::json::reader::Reading;
use crate::otlp::json::repair::DeepValues;
use crate::otlp::json::schema::Message;
use crate::otlp::request::Signal;

/// A request in JSON as it was read.
#[derive(Debug)]
pub(crate) struct Request {
    /// What a sender of protobuf would have sent.
    pub(crate) protobuf: Bytes,
    /// Something stands behind the JSON, which is not read, as in the Collector.
    pub(crate) has_more: bool,
}

/// Reads a request in JSON; the error says what is wrong and where.
pub(crate) fn read(signal: Signal, body: &[u8]) -> Result<Request, String> {
    let items = match signal {
        Signal::Traces => "spans",
        Signal::Logs => "log records",
        Signal::Metrics => "metrics",
    };
    let text = depth::shallow(text::readable(body));
    Reading::default()
        .message(request(signal), items, &text)
        .map(|(protobuf, has_more)| Request { protobuf: protobuf.into(), has_more })
        .map_err(|problem| format!("the request is not OTLP in JSON: {problem}"))
}

/// What may be read instead of a request in protobuf that cannot be decoded, the least changed first: with all its texts in UTF-8,
/// then also with bytes for values that nest too deep.
pub(crate) fn mended(signal: Signal, body: &Bytes) -> impl Iterator<Item = Bytes> + '_ {
    let ways = [DeepValues::Kept, DeepValues::AsBytes].into_iter();
    let mended = ways.filter_map(move |deep| repair::readable(request(signal), body, deep));
    mended.map(Bytes::from).filter(move |mended| mended != body)
}

fn request(signal: Signal) -> &'static Message {
    match signal {
        Signal::Traces => &traces::REQUEST,
        Signal::Logs => &logs::REQUEST,
        Signal::Metrics => &metrics::REQUEST,
    }
}

#[cfg(test)]
mod encoders;
#[cfg(test)]
mod tests;
