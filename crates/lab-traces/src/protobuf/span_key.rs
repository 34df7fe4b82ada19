//! Finding what identifies an encoded span within its trace, without decoding it.

use crate::protobuf::fields::{Fields, Value};

/// What tells a span from the others of its trace. The two sides of a call may share an id (as Zipkin's do), but not
/// their kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SpanKey {
    pub(crate) id: [u8; 8],
    /// The number of the kind as OTLP has it.
    pub(crate) kind: u64,
}

/// The key of a `Span`: its fields 2 and 6.
pub(crate) fn span_key(otlp: &[u8]) -> Option<SpanKey> {
    let (mut fields, mut id, mut kind) = (Fields(otlp), None, 0);
    while let Ok(Some((field, value))) = fields.next_field() {
        match (field, value) {
            (2, Value::Bytes(bytes)) => id = bytes.try_into().ok(),
            (6, Value::Varint(number)) => kind = number,
            _ => {}
        }
    }
    id.map(|id| SpanKey { id, kind })
}
