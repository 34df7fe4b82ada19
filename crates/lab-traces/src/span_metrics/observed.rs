//! What the metrics need of a span, read from its encoded bytes without decoding the rest.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Otlp;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use prost::Message;

use crate::protobuf::fields::{Fields, Value};
use crate::span::kind::{Kind, Status};
use crate::store::index::origin::Origin;

/// A span that the store has just taken in.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) trace_id: [u8; 16],
    pub(crate) origin: Arc<Origin>,
    /// The encoded span.
    pub(crate) otlp: Bytes,
}

/// A span that has arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observed<'a> {
    pub(crate) trace_id: [u8; 16],
    pub(crate) id: [u8; 8],
    /// `None` for a root.
    pub(crate) parent: Option<[u8; 8]>,
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
    pub(crate) status: Status,
    start_ns: u64,
    end_ns: u64,
    has_status: bool,
    origin: &'a Origin,
    otlp: &'a [u8],
}

impl<'a> Observed<'a> {
    /// Reads a span that the store has checked; `None` if it is none.
    pub(crate) fn read(taken: &'a Taken) -> Option<Self> {
        let mut span = Self {
            trace_id: taken.trace_id,
            id: [0; 8],
            parent: None,
            name: "",
            kind: Kind::Unspecified,
            status: Status::Unset,
            start_ns: 0,
            end_ns: 0,
            has_status: false,
            origin: &taken.origin,
            otlp: &taken.otlp,
        };
        let mut fields = Fields(&taken.otlp);
        while let Some((field, value)) = fields.next_field().ok()? {
            match (field, value) {
                (2, Value::Bytes(id)) => span.id = id.try_into().ok()?,
                (4, Value::Bytes(id)) => span.parent = id.try_into().ok().filter(|id| *id != [0; 8]),
                (5, Value::Bytes(name)) => span.name = std::str::from_utf8(name).ok()?,
                (6, Value::Varint(kind)) => span.kind = Kind::from_otlp(i32::try_from(kind).unwrap_or_default()),
                (7, Value::Fixed64(time)) => span.start_ns = time,
                (8, Value::Fixed64(time)) => span.end_ns = time,
                (15, Value::Bytes(status)) => (span.status, span.has_status) = (status_code(status), true),
                _ => {}
            }
        }
        Some(span)
    }

    /// The name of the service; empty if the resource has none.
    pub(crate) fn service(&self) -> Cow<'a, str> {
        let resource = self.origin.resource();
        let named = resource.attributes.iter().find(|attribute| attribute.key == "service.name");
        named.map_or(Cow::Borrowed(""), |named| as_label(named.value.as_ref()))
    }

    /// Seconds from start to end; of a span that ends before it starts none.
    pub(crate) fn seconds(&self) -> f64 {
        self.end_ns.saturating_sub(self.start_ns) as f64 / 1e9
    }

    /// Bytes of the encoded span. Tempo gives a span without a status an empty one, and counts its tag and its length.
    pub(crate) fn size(&self) -> usize {
        self.otlp.len() + if self.has_status { 0 } else { 2 }
    }

    /// As Tempo's label has it.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Unspecified => "SPAN_KIND_UNSPECIFIED",
            Kind::Internal => "SPAN_KIND_INTERNAL",
            Kind::Server => "SPAN_KIND_SERVER",
            Kind::Client => "SPAN_KIND_CLIENT",
            Kind::Producer => "SPAN_KIND_PRODUCER",
            Kind::Consumer => "SPAN_KIND_CONSUMER",
        }
    }

    /// As Tempo's label has it.
    pub(crate) fn status_name(&self) -> &'static str {
        match self.status {
            Status::Unset => "STATUS_CODE_UNSET",
            Status::Ok => "STATUS_CODE_OK",
            Status::Error => "STATUS_CODE_ERROR",
        }
    }

    /// An attribute of the resource or else of the span, as a text.
    pub(crate) fn attribute(&self, key: &str) -> Option<String> {
        let resource = self.origin.resource().attributes.iter().find(|attribute| attribute.key == key);
        let found = resource.map(|attribute| as_label(attribute.value.as_ref()).into_owned());
        found.or_else(|| self.own_attribute(key))
    }

    /// An attribute of the span itself, as a text.
    fn own_attribute(&self, key: &str) -> Option<String> {
        let [found] = self.own_attributes(|other| (other == key.as_bytes()).then_some(0));
        found.map(as_text)
    }

    /// Attributes of the span itself, encoded as they came, at the places that their keys have; all are found on one way through the
    /// span. Of several with one key the first counts.
    fn own_attributes<const N: usize>(&self, place_of: impl Fn(&[u8]) -> Option<usize>) -> [Option<&'a [u8]>; N] {
        let mut found = [None; N];
        let mut fields = Fields(self.otlp);
        while let Ok(Some((field, value))) = fields.next_field() {
            let (9, Value::Bytes(attribute)) = (field, value) else { continue };
            // The key comes first in what every sender writes; if not, the attribute is decoded to see.
            let place = match Fields(attribute).next_field() {
                Ok(Some((1, Value::Bytes(key)))) => place_of(key),
                _ => KeyValue::decode(attribute).ok().and_then(|attribute| place_of(attribute.key.as_bytes())),
            };
            if let Some(place) = place.filter(|place| found[*place].is_none()) {
                found[place] = Some(attribute);
            }
        }
        found
    }

    /// What the span says of the other side of its call.
    pub(crate) fn called(&self) -> Called<'a> {
        Called { own: self.own_attributes(place_of_called), resource: &self.origin.resource().attributes }
    }
}

/// The places of the attributes that may say what a span calls, or what has called it.
fn place_of_called(key: &[u8]) -> Option<usize> {
    Some(match key {
        b"peer.service" => 0,
        b"db.name" => 1,
        b"db.system" => 2,
        b"db.system.name" => 3,
        b"db.namespace" => 4,
        b"server.address" => 5,
        b"network.peer.address" => 6,
        b"network.peer.port" => 7,
        _ => return None,
    })
}

/// What a span and its resource say of the other side of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Called<'a> {
    /// Encoded attributes of the span, at the places of [`place_of_called`].
    own: [Option<&'a [u8]>; 8],
    resource: &'a [KeyValue],
}

impl Called<'_> {
    /// An attribute of the span, as a text.
    pub(crate) fn of_span(&self, key: &str) -> Option<String> {
        self.own[place_of_called(key.as_bytes())?].map(as_text)
    }

    /// An attribute of the resource or else of the span, as a text.
    pub(crate) fn of_either(&self, key: &str) -> Option<String> {
        let resource = self.resource.iter().find(|attribute| attribute.key == key);
        let found = resource.map(|attribute| as_label(attribute.value.as_ref()).into_owned());
        found.or_else(|| self.of_span(key))
    }
}

/// The value of an encoded attribute as the text of a label.
fn as_text(attribute: &[u8]) -> String {
    let attribute = KeyValue::decode(attribute).unwrap_or_default();
    as_label(attribute.value.as_ref()).into_owned()
}

/// The code of an encoded `Status`, its field 3.
fn status_code(status: &[u8]) -> Status {
    let (mut fields, mut code) = (Fields(status), 0);
    while let Ok(Some((field, value))) = fields.next_field() {
        if let (3, Value::Varint(number)) = (field, value) {
            code = number;
        }
    }
    Status::from_otlp(i32::try_from(code).unwrap_or_default())
}

/// A value as the text of a label: elements and entries of what holds several stand beside each other, and bytes say nothing,
/// as in Tempo.
fn as_label(value: Option<&AnyValue>) -> Cow<'_, str> {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Otlp::StringValue(text)) => Cow::Borrowed(text),
        Some(Otlp::BoolValue(flag)) => flag.to_string().into(),
        Some(Otlp::IntValue(number)) => number.to_string().into(),
        Some(Otlp::DoubleValue(number)) => without_exponent(*number).into(),
        Some(Otlp::ArrayValue(list)) => {
            let elements: String = list.values.iter().map(|element| as_label(Some(element))).collect();
            format!("[{elements}]").into()
        }
        Some(Otlp::KvlistValue(map)) => {
            let entry = |entry: &KeyValue| format!("{}:{}", entry.key, as_label(entry.value.as_ref()));
            format!("{{{}}}", map.values.iter().map(entry).collect::<String>()).into()
        }
        Some(Otlp::BytesValue(_) | Otlp::StringValueStrindex(_)) | None => Cow::Borrowed(""),
    }
}

/// A number with all of its digits; infinities as Go writes them.
fn without_exponent(number: f64) -> String {
    if number.is_infinite() { if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned() } else { number.to_string() }
}
