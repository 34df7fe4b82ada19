//! Finding the id of an encoded span without decoding it.

use crate::protobuf::fields::{Fields, Value};

/// The span's id: field 2 of `Span`.
pub(crate) fn span_id(otlp: &[u8]) -> Option<[u8; 8]> {
    let mut fields = Fields(otlp);
    while let Ok(Some((field, value))) = fields.next_field() {
        if let (2, Value::Bytes(id)) = (field, value) {
            return id.try_into().ok();
        }
    }
    None
}
