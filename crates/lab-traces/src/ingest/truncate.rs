//! Cutting off oversized attribute values. Rare, so it may decode and encode.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

/// A span with its texts cut off at `limit` bytes, and how many were.
pub(crate) fn span(otlp: &[u8], limit: usize) -> (Vec<u8>, u64) {
    let Ok(mut span) = Span::decode(otlp) else { return (otlp.to_vec(), 0) };
    let mut cut = shorten(&mut span.attributes, limit);
    cut += span.events.iter_mut().map(|event| shorten(&mut event.attributes, limit)).sum::<u64>();
    cut += span.links.iter_mut().map(|link| shorten(&mut link.attributes, limit)).sum::<u64>();
    (span.encode_to_vec(), cut)
}

/// A resource with its texts cut off at `limit` bytes, and how many were.
pub(crate) fn resource(otlp: &[u8], limit: usize) -> (Vec<u8>, u64) {
    let Ok(mut resource) = Resource::decode(otlp) else { return (otlp.to_vec(), 0) };
    let cut = shorten(&mut resource.attributes, limit);
    (resource.encode_to_vec(), cut)
}

fn shorten(attributes: &mut [KeyValue], limit: usize) -> u64 {
    attributes
        .iter_mut()
        .filter_map(|attribute| attribute.value.as_mut())
        .map(|value| shorten_value(value, limit))
        .sum()
}

/// Texts and bytes keep their beginning, lists their first items.
fn shorten_value(value: &mut AnyValue, limit: usize) -> u64 {
    match &mut value.value {
        Some(Value::StringValue(text)) if text.len() > limit => {
            let end = (0..=limit).rev().find(|end| text.is_char_boundary(*end));
            text.truncate(end.unwrap_or(0));
        }
        Some(Value::BytesValue(bytes)) if bytes.len() > limit => bytes.truncate(limit),
        Some(Value::ArrayValue(list)) if list.encoded_len() > limit => {
            let mut room = limit;
            let kept = list.values.iter().take_while(|item| fit(&mut room, item.encoded_len() + 4)).count();
            list.values.truncate(kept);
        }
        Some(Value::KvlistValue(list)) if list.encoded_len() > limit => {
            let mut room = limit;
            let kept = list.values.iter().take_while(|item| fit(&mut room, item.encoded_len() + 4)).count();
            list.values.truncate(kept);
        }
        _ => return 0,
    }
    1
}

/// Takes `size` off the room that is left, if it fits.
fn fit(room: &mut usize, size: usize) -> bool {
    let left = room.checked_sub(size);
    *room = left.unwrap_or(0);
    left.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::common::v1::ArrayValue;

    fn attribute(value: Value) -> KeyValue {
        KeyValue { key: "k".into(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
    }

    #[test]
    fn long_values_keep_their_beginning() {
        let list = ArrayValue { values: vec![AnyValue { value: Some(Value::IntValue(1 << 40)) }; 50] };
        let texts = [Value::StringValue("é".repeat(9)), Value::StringValue("short".into()), Value::ArrayValue(list)];
        let original = Span { attributes: texts.map(attribute).to_vec(), ..Span::default() };
        let (bytes, cut) = span(&original.encode_to_vec(), 15);
        let span = Span::decode(&*bytes).expect("still a span");
        assert_eq!(cut, 2);
        assert_eq!(span.attributes[0], attribute(Value::StringValue("é".repeat(7))));
        assert_eq!(span.attributes[1], original.attributes[1]);
        assert!(span.attributes[2].encoded_len() < 30);
    }
}
