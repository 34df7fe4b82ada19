//! The block of a chunk: its entries one after the other, LZ4-compressed.
//!
//! Per entry: the time as a zig-zag varint difference to the one before, the number of metadata pairs, each
//! pair as two texts, then the line; a text is its length as a varint and its bytes.

use std::ops::ControlFlow;

use crate::record::Entry;

/// A block that cannot be read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chunk is damaged")]
pub struct Damaged;

/// An entry borrowed from where it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryRef<'a> {
    /// Nanoseconds since the Unix epoch.
    pub timestamp: i64,
    /// The line.
    pub line: &'a str,
    /// Structured metadata, in order of the names.
    pub metadata: &'a [(&'a str, &'a str)],
}

/// Largest block that is unpacked; writing stays far below.
const LARGEST_BLOCK: usize = 64 << 20;

/// Packs entries, which are in order of time.
pub(super) fn pack(entries: &[Entry]) -> Vec<u8> {
    let mut raw = Vec::with_capacity(entries.iter().map(|entry| entry.bytes() + 32).sum());
    let mut before = 0;
    for entry in entries {
        put_varint(&mut raw, zigzag(entry.timestamp.wrapping_sub(before)));
        before = entry.timestamp;
        put_varint(&mut raw, entry.metadata.len() as u64);
        for label in &entry.metadata {
            put_text(&mut raw, &label.name);
            put_text(&mut raw, &label.value);
        }
        put_text(&mut raw, &entry.line);
    }
    lz4_flex::compress_prepend_size(&raw)
}

/// Unpacks a block to the bytes that [`visit`] reads.
pub(super) fn unpack(block: &[u8]) -> Result<Vec<u8>, Damaged> {
    let size = block.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes) as usize).ok_or(Damaged)?;
    if size > LARGEST_BLOCK {
        return Err(Damaged);
    }
    lz4_flex::decompress_size_prepended(block).map_err(|_| Damaged)
}

/// Shows every entry to `see`, until it breaks off.
pub(super) fn visit(raw: &[u8], see: &mut dyn FnMut(EntryRef<'_>) -> ControlFlow<()>) -> Result<(), Damaged> {
    let mut rest = raw;
    let mut timestamp = 0_i64;
    let mut metadata = Vec::new();
    while !rest.is_empty() {
        timestamp = timestamp.wrapping_add(unzigzag(take_varint(&mut rest)?));
        metadata.clear();
        for _ in 0..take_varint(&mut rest)? {
            let name = take_text(&mut rest)?;
            metadata.push((name, take_text(&mut rest)?));
        }
        let line = take_text(&mut rest)?;
        if see(EntryRef { timestamp, line, metadata: &metadata }).is_break() {
            break;
        }
    }
    Ok(())
}

/// Where chunks are cut: the ends of the full pieces of `chunk_bytes` or a little more; what is left after the
/// last end is the open chunk.
pub(super) fn cut(entries: &[Entry], chunk_bytes: usize) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut bytes = 0;
    for (at, entry) in entries.iter().enumerate() {
        bytes += entry.bytes();
        if bytes >= chunk_bytes {
            ends.push(at + 1);
            bytes = 0;
        }
    }
    ends
}

fn put_text(raw: &mut Vec<u8>, text: &str) {
    put_varint(raw, text.len() as u64);
    raw.extend_from_slice(text.as_bytes());
}

fn put_varint(raw: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        raw.push(value as u8 | 0x80);
        value >>= 7;
    }
    raw.push(value as u8);
}

fn take_text<'a>(rest: &mut &'a [u8]) -> Result<&'a str, Damaged> {
    let length = usize::try_from(take_varint(rest)?).map_err(|_| Damaged)?;
    let (text, after) = rest.split_at_checked(length).ok_or(Damaged)?;
    *rest = after;
    std::str::from_utf8(text).map_err(|_| Damaged)
}

fn take_varint(rest: &mut &[u8]) -> Result<u64, Damaged> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first().ok_or(Damaged)?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Damaged)
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_model::Labels;
    use proptest::prelude::*;

    fn read(block: &[u8]) -> Result<Vec<Entry>, Damaged> {
        let mut entries = Vec::new();
        visit(&unpack(block)?, &mut |entry| {
            let metadata = Labels::from_pairs(entry.metadata.iter().copied());
            entries.push(Entry::new(entry.timestamp, entry.line).with_metadata(metadata));
            ControlFlow::Continue(())
        })?;
        Ok(entries)
    }

    proptest! {
        #[test]
        fn what_is_packed_is_read_back(
            lines in proptest::collection::vec((any::<i64>(), ".{0,20}", proptest::option::of("[a-f0-9]{1,8}")), 0..20)
        ) {
            let entries: Vec<Entry> = lines
                .into_iter()
                .map(|(timestamp, line, trace)| {
                    let metadata = trace.map(|trace| Labels::from_pairs([("trace_id", trace), ("x", "y".into())]));
                    Entry::new(timestamp, line).with_metadata(metadata.unwrap_or_default())
                })
                .collect();
            prop_assert_eq!(read(&pack(&entries)), Ok(entries));
        }

        #[test]
        fn damage_is_noticed_not_a_panic(raw in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = read(&raw);
            let _ = visit(&raw, &mut |_| ControlFlow::Continue(()));
        }
    }

    #[test]
    fn pieces_are_cut_by_bytes() {
        let entries: Vec<Entry> = (0..5).map(|time| Entry::new(time, "0123456789")).collect();
        assert_eq!(cut(&entries, 20), [2, 4]);
        assert_eq!(cut(&entries[..4], 20), [2, 4]);
        assert!(cut(&entries, 1000).is_empty());
    }
}
