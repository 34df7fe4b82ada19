//! Protobuf whose texts are not UTF-8: they are replaced as in JSON, so that one such text does not cost its sender the
//! whole request.

use prost::encoding::{self, DecodeContext, WireType};

use crate::otlp::json::schema::{Kind, Message};

/// How deep messages may stand in each other.
const MOST_NESTED: usize = 100;

/// The message with U+FFFD for what is no UTF-8 in its texts; everything else stays byte for byte. `None` if it is no protobuf. Messages nest at
/// most [`MOST_NESTED`] deep, as for prost.
pub(super) fn texts(message: &Message, bytes: &[u8]) -> Option<Vec<u8>> {
    nested(message, bytes, MOST_NESTED)
}

fn nested(message: &Message, mut bytes: &[u8], depth: usize) -> Option<Vec<u8>> {
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
                Kind::Message(inner) => nested(inner, content, depth)?,
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
