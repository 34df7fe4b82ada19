//! Proof that OTLP messages are well formed, without decoding them.
//!
//! The tables follow `opentelemetry/proto/{common,resource,trace}/v1` of the OTLP definitions, version 1.
//! Fields that they do not know are skipped, as protobuf asks. On the way the walk tells a [`Visitor`]
//! every attribute it passes.

use crate::protobuf::fields::{Fields, Value, WireError};

/// How deep values may be nested; prost refuses to decode more than a hundred.
const MAX_DEPTH: usize = 32;

/// What the walk sees.
pub(crate) trait Visitor {
    /// One attribute: its key and its encoded `AnyValue`.
    fn attribute(&mut self, key: &[u8], value: &[u8]);
}

/// The messages that the walk knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Resource,
    Scope,
    Event,
    Link,
    Status,
    KeyValue,
    AnyValue,
    ArrayValue,
    KeyValueList,
}

/// What a field holds.
#[derive(Clone, Copy)]
enum Kind {
    Varint,
    Fixed64,
    Fixed32,
    Bytes,
    Text,
    Nested(Message),
}

impl Message {
    fn name(self) -> &'static str {
        match self {
            Self::Resource => "Resource",
            Self::Scope => "InstrumentationScope",
            Self::Event => "Span.Event",
            Self::Link => "Span.Link",
            Self::Status => "Status",
            Self::KeyValue => "KeyValue",
            Self::AnyValue => "AnyValue",
            Self::ArrayValue => "ArrayValue",
            Self::KeyValueList => "KeyValueList",
        }
    }

    fn kind(self, field: u32) -> Option<Kind> {
        use Kind::{Bytes, Fixed32, Fixed64, Nested, Text, Varint};
        Some(match (self, field) {
            (Self::Resource | Self::KeyValueList, 1) | (Self::Scope | Self::Event, 3) | (Self::Link, 4) => {
                Nested(Self::KeyValue)
            }
            (Self::KeyValue, 2) | (Self::ArrayValue, 1) => Nested(Self::AnyValue),
            (Self::AnyValue, 5) => Nested(Self::ArrayValue),
            (Self::AnyValue, 6) => Nested(Self::KeyValueList),
            (Self::Scope, 1 | 2)
            | (Self::Event | Self::Status, 2)
            | (Self::Link, 3)
            | (Self::KeyValue | Self::AnyValue, 1) => Text,
            (Self::Link, 1 | 2) | (Self::AnyValue, 7) | (Self::Resource, 3) => Bytes,
            (Self::Event, 1) | (Self::AnyValue, 4) => Fixed64,
            (Self::Link, 6) => Fixed32,
            (Self::Resource, 2)
            | (Self::Scope | Self::Event, 4)
            | (Self::Link, 5)
            | (Self::Status | Self::KeyValue, 3)
            | (Self::AnyValue, 2 | 3 | 8) => Varint,
            _ => return None,
        })
    }
}

/// Checks one message and everything in it.
pub(crate) fn check(message: Message, bytes: &[u8], visitor: &mut impl Visitor) -> Result<(), WireError> {
    walk(message, bytes, visitor, MAX_DEPTH)
}

/// Checks that a field is text.
pub(crate) fn check_text(message: &'static str, field: u32, value: Value<'_>) -> Result<(), WireError> {
    let bytes = value.bytes(message, field)?;
    std::str::from_utf8(bytes).map(drop).map_err(|_| WireError::NotUtf8 { message, field })
}

fn walk(message: Message, bytes: &[u8], visitor: &mut impl Visitor, depth: usize) -> Result<(), WireError> {
    let depth = depth.checked_sub(1).ok_or(WireError::TooDeep(MAX_DEPTH))?;
    let mut fields = Fields(bytes);
    let (mut key, mut attribute): (&[u8], &[u8]) = (&[], &[]);
    while let Some((field, value)) = fields.next_field()? {
        let Some(kind) = message.kind(field) else { continue };
        match (kind, value) {
            (Kind::Nested(inner), Value::Bytes(bytes)) => {
                walk(inner, bytes, visitor, depth)?;
                if message == Message::KeyValue {
                    attribute = bytes;
                }
            }
            (Kind::Text, value) => {
                check_text(message.name(), field, value)?;
                if let (Message::KeyValue, Value::Bytes(bytes)) = (message, value) {
                    key = bytes;
                }
            }
            (Kind::Varint, Value::Varint(_))
            | (Kind::Fixed64, Value::Fixed64(_))
            | (Kind::Fixed32, Value::Fixed32(_))
            | (Kind::Bytes, Value::Bytes(_)) => {}
            (_, value) => {
                return Err(WireError::WrongType { message: message.name(), field, wire: value.wire_type() });
            }
        }
    }
    if message == Message::KeyValue {
        visitor.attribute(key, attribute);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protobuf::fields::put_bytes;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
    use prost::Message as _;

    struct Seen(Vec<String>);

    impl Visitor for Seen {
        fn attribute(&mut self, key: &[u8], _: &[u8]) {
            self.0.push(String::from_utf8_lossy(key).into_owned());
        }
    }

    #[test]
    fn a_real_attribute_passes_and_is_seen() {
        let value = AnyValue { value: Some(any_value::Value::StringValue("fair".into())) };
        let attribute = KeyValue { key: "die.type".into(), value: Some(value), ..KeyValue::default() };
        let mut seen = Seen(Vec::new());
        check(Message::KeyValue, &attribute.encode_to_vec(), &mut seen).expect("well formed");
        assert_eq!(seen.0, ["die.type"]);
    }

    #[test]
    fn what_prost_would_refuse_is_refused() {
        let check = |message, bytes: &[u8]| check(message, bytes, &mut Seen(Vec::new()));
        let wrong = check(Message::Status, &[0x10, 0x01]).expect_err("a varint in place of text");
        assert_eq!(wrong.to_string(), "wrong wire type 0 for field 2 of Status");
        let not_text = check(Message::Status, &[0x12, 0x01, 0xff]).expect_err("no UTF-8");
        assert_eq!(not_text.to_string(), "field 2 of Status contains invalid UTF-8");
        assert_eq!(check(Message::KeyValue, &[0x0a, 0x09]), Err(WireError::UnexpectedEnd));
    }

    #[test]
    fn endless_nesting_is_refused() {
        let mut value = Vec::new();
        for _ in 0..MAX_DEPTH {
            let (mut array, mut outer) = (Vec::new(), Vec::new());
            put_bytes(&mut array, 1, &value);
            put_bytes(&mut outer, 5, &array);
            value = outer;
        }
        assert_eq!(check(Message::AnyValue, &value, &mut Seen(Vec::new())), Err(WireError::TooDeep(MAX_DEPTH)));
    }
}
