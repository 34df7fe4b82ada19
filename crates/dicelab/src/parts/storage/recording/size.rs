//! How large a portion becomes when it is decoded: an empty message is two bytes in a file, and a hundred in memory.

use std::mem::size_of;

use bytes::Bytes;
use lab_recording::messages::logs;
use lab_recording::messages::metrics::{Exemplar, Family, Pair, Sample, Series};
use lab_recording::messages::traces::{PackedResource, PackedScope};
use prost::encoding::{self, DecodeContext, WireType};

/// The messages that stand in a message.
pub(crate) type Shape = &'static [Field];

/// A field with messages: its number, the bytes of one in memory, and what stands in it.
#[derive(Debug)]
pub(crate) struct Field(u32, usize, Shape);

const PAIR: usize = size_of::<Pair>();
const ONE_PAIR: Field = Field(1, PAIR, &[]);

pub(crate) const LOGS: Shape =
    &[Field(1, size_of::<logs::Stream>(), &[ONE_PAIR, Field(2, size_of::<logs::Entry>(), &[Field(3, PAIR, &[])])])];
pub(crate) const METRICS: Shape = &[
    Field(
        1,
        size_of::<Series>(),
        &[
            ONE_PAIR,
            Field(2, size_of::<Sample>(), &[]),
            Field(3, size_of::<Exemplar>(), &[ONE_PAIR]),
            // Decoded, a native histogram is larger than its bytes; these are those of the message alone.
            Field(4, 200, &[Field(11, 8, &[]), Field(8, 8, &[])]),
        ],
    ),
    Field(3, size_of::<Family>(), &[]),
];
pub(crate) const TRACES: Shape = &[Field(
    1,
    size_of::<PackedResource>(),
    // The store itself bounds what stands in a span.
    &[Field(2, size_of::<PackedScope>(), &[Field(2, size_of::<Bytes>(), &[])])],
)];

/// How many bytes the messages of a portion take in memory, without their texts; `None` if it is no message.
pub(crate) fn decoded(mut portion: &[u8], shape: Shape) -> Option<u64> {
    let mut bytes = 0;
    while !portion.is_empty() {
        let (number, wire) = encoding::decode_key(&mut portion).ok()?;
        if wire != WireType::LengthDelimited {
            encoding::skip_field(wire, number, &mut portion, DecodeContext::default()).ok()?;
            continue;
        }
        let length = usize::try_from(encoding::decode_varint(&mut portion).ok()?).ok()?;
        let (content, rest) = portion.split_at_checked(length)?;
        if let Some(Field(_, size, within)) = shape.iter().find(|field| field.0 == number) {
            bytes += *size as u64 + if within.is_empty() { 0 } else { decoded(content, within)? };
        }
        portion = rest;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_messages_are_counted_before_they_are_made() {
        let entries = [0x12, 0x00].repeat(1000);
        let mut portion = vec![0x0a];
        encoding::encode_varint(entries.len() as u64, &mut portion);
        portion.extend(entries);
        let expected = size_of::<logs::Stream>() + 1000 * size_of::<logs::Entry>();
        assert_eq!(decoded(&portion, LOGS), Some(expected as u64));
        assert_eq!(decoded(&portion[..9], LOGS), None);
    }
}
