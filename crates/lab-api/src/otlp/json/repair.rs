//! Protobuf whose texts are not UTF-8, or whose values nest deeper than they are read: such texts are replaced as in JSON, and such
//! values are kept as bytes, so that one of them does not cost its sender the whole request.

use prost::encoding::{self, DecodeContext, WireType};

use crate::otlp::json::schema::{Kind, Message, Role};

/// How deep messages may stand in each other, as for prost.
const MOST_NESTED: usize = 100;
/// How many levels must be left where a value begins; of one that begins deeper only its bytes are kept.
const LEFT_FOR_VALUES: usize = 40;
/// The field `bytes_value` of `AnyValue`.
const BYTES_VALUE: u32 = 7;

/// What becomes of values that nest deep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum DeepValues {
    Kept,
    AsBytes,
}

/// The message with U+FFFD for what is no UTF-8 in its texts, and with bytes for values that lie too deep, if these are not kept;
/// everything else stays byte for byte. `None` if it is no protobuf.
pub(super) fn readable(message: &Message, bytes: &[u8], deep: DeepValues) -> Option<Vec<u8>> {
    nested(message, bytes, MOST_NESTED, deep)
}

fn nested(message: &Message, mut bytes: &[u8], depth: usize, deep: DeepValues) -> Option<Vec<u8>> {
    let depth = depth.checked_sub(1)?;
    let mut out = Vec::with_capacity(bytes.len() + 16);
    while !bytes.is_empty() {
        let start = bytes;
        let (tag, wire) = encoding::decode_key(&mut bytes).ok()?;
        let kind = message.fields.iter().find(|field| field.tag == tag).map(|field| field.kind);
        if wire == WireType::LengthDelimited
            && let Some(kind @ (Kind::Text | Kind::Message(_))) = kind
        {
            let length = encoding::decode_varint(&mut bytes).ok()? as usize;
            let (content, rest) = bytes.split_at_checked(length)?;
            bytes = rest;
            let content = match kind {
                Kind::Message(inner)
                    if deep == DeepValues::AsBytes && inner.role == Role::Any && depth < LEFT_FOR_VALUES =>
                {
                    let mut value = Vec::with_capacity(content.len() + 8);
                    encoding::bytes::encode(BYTES_VALUE, &content.to_vec(), &mut value);
                    value
                }
                Kind::Message(inner) => nested(inner, content, depth, deep)?,
                _ => String::from_utf8_lossy(content).into_owned().into_bytes(),
            };
            encoding::encode_key(tag, wire, &mut out);
            encoding::encode_varint(content.len() as u64, &mut out);
            out.extend_from_slice(&content);
        } else {
            encoding::skip_field(wire, tag, &mut bytes, DecodeContext::default()).ok()?;
            out.extend_from_slice(&start[..start.len() - bytes.len()]);
        }
    }
    Some(out)
}
