//! Writing protobuf wire format straight into a buffer: no intermediate messages, no allocations.
//! (<https://protobuf.dev/programming-guides/encoding/>)

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const LENGTH_DELIMITED: u32 = 2;
const FIXED32: u32 = 5;

/// Appends a varint.
pub(crate) fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends an integer, boolean or enumeration field, zero included.
pub(crate) fn integer(out: &mut Vec<u8>, field: u32, value: u64) {
    key(out, field, VARINT);
    varint(out, value);
}

/// Appends a `fixed64` field.
pub(crate) fn fixed64(out: &mut Vec<u8>, field: u32, value: u64) {
    key(out, field, FIXED64);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a `fixed32` field.
pub(crate) fn fixed32(out: &mut Vec<u8>, field: u32, value: u32) {
    key(out, field, FIXED32);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a `double` field.
pub(crate) fn double(out: &mut Vec<u8>, field: u32, value: f64) {
    fixed64(out, field, value.to_bits());
}

/// Appends a string or bytes field.
pub(crate) fn bytes(out: &mut Vec<u8>, field: u32, value: &[u8]) {
    key(out, field, LENGTH_DELIMITED);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// Appends the key and length of a message whose `length` is known; its content follows.
pub(crate) fn message_head(out: &mut Vec<u8>, field: u32, length: usize) {
    key(out, field, LENGTH_DELIMITED);
    varint(out, length as u64);
}

/// Appends an embedded message. Its length is not known before it is written: one byte is kept free for it,
/// and the content moves when that does not suffice (most attributes are shorter than 128 bytes).
pub(crate) fn message(out: &mut Vec<u8>, field: u32, content: impl FnOnce(&mut Vec<u8>)) {
    key(out, field, LENGTH_DELIMITED);
    let start = out.len() + 1;
    out.push(0);
    content(out);
    let length = out.len() - start;
    if length < 0x80 {
        out[start - 1] = length as u8;
        return;
    }
    let mut encoded = [0; 10];
    let (mut rest, mut used) = (length, 0);
    while rest >= 0x80 {
        encoded[used] = rest as u8 | 0x80;
        rest >>= 7;
        used += 1;
    }
    encoded[used] = rest as u8;
    let extra = used;
    out.resize(out.len() + extra, 0);
    out.copy_within(start..start + length, start + extra);
    out[start - 1..start + extra].copy_from_slice(&encoded[..=used]);
}

fn key(out: &mut Vec<u8>, field: u32, wire_type: u32) {
    varint(out, u64::from(field << 3 | wire_type));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_any_length_get_their_length() {
        for length in [0_usize, 1, 127, 128, 300, 16_383, 16_384, 70_000] {
            let content = vec![7; length];
            let mut out = b"before".to_vec();
            message(&mut out, 2, |out| out.extend_from_slice(&content));
            let mut expected = b"before".to_vec();
            bytes(&mut expected, 2, &content);
            assert_eq!(out, expected, "{length}");
        }
    }
}
