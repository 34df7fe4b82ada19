//! The codec of log lines: times and sizes in the front of a row, texts in its body.
//!
//! ```text
//! front   length of the filter, filter of trace ids (see `trace_filter`);
//!         per entry: difference to the time before (zig-zag), bytes of the line
//! body    LZ4 over, per entry: the number of its pairs of metadata and each as two texts with their lengths; the line
//! ```
//!
//! All numbers are varints. Whoever counts lines or their bytes over time reads the front alone. Metadata and line stand
//! side by side because they repeat each other (ids, levels): apart, a line would take two fifths more bytes on disk.

use std::ops::ControlFlow;

use crate::record::Entry;
use crate::store::rows::entry::{Damaged, EntryRef};
use crate::store::rows::{trace_filter, varint};

/// Largest body that is unpacked; writing stays far below.
const LARGEST_BODY: usize = 64 << 20;

/// Front and body of a chunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) front: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

/// Packs entries, which are in order of time.
pub(crate) fn pack(entries: &[Entry]) -> Packed {
    let filter = trace_filter::build(entries);
    let mut front = Vec::with_capacity(filter.len() + 2 + entries.len() * 6);
    varint::put(&mut front, filter.len() as u64);
    front.extend_from_slice(&filter);
    let mut raw = Vec::with_capacity(entries.iter().map(|entry| entry.bytes() + 16).sum());
    let mut before = 0;
    for entry in entries {
        varint::put(&mut front, varint::zigzag(entry.timestamp.wrapping_sub(before)));
        varint::put(&mut front, entry.line.len() as u64);
        before = entry.timestamp;
        varint::put(&mut raw, entry.metadata.len() as u64);
        for text in entry.metadata.iter().flat_map(|label| [&label.name, &label.value]) {
            varint::put(&mut raw, text.len() as u64);
            raw.extend_from_slice(text.as_bytes());
        }
        raw.extend_from_slice(entry.line.as_bytes());
    }
    Packed { front, body: lz4_flex::compress_prepend_size(&raw) }
}

/// Unpacks a body to the bytes that [`visit`] reads.
pub(crate) fn unpack(body: &[u8]) -> Result<Vec<u8>, Damaged> {
    let size = body.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes) as usize).ok_or(Damaged)?;
    if size > LARGEST_BODY {
        return Err(Damaged);
    }
    lz4_flex::decompress_size_prepended(body).map_err(|_| Damaged)
}

/// Splits a front into the filter of trace ids, and times and sizes.
pub(crate) fn split_front(front: &[u8]) -> Result<(&[u8], &[u8]), Damaged> {
    let mut rest = front;
    let filter = varint::take_bytes(&mut rest)?;
    Ok((filter, rest))
}

/// Time and length of every line, sorted, from the front alone.
pub(crate) fn times(front: &[u8]) -> Result<Vec<(i64, u64)>, Damaged> {
    let (_, mut rest) = split_front(front)?;
    let (mut times, mut timestamp) = (Vec::new(), 0_i64);
    while !rest.is_empty() {
        timestamp = timestamp.wrapping_add(varint::unzigzag(varint::take(&mut rest)?));
        times.push((timestamp, varint::take(&mut rest)?));
    }
    times.sort_unstable();
    Ok(times)
}

/// Shows every entry of an unpacked body with its front to `see`, until it breaks off.
pub(crate) fn visit(
    front: &[u8],
    raw: &[u8],
    see: &mut dyn FnMut(EntryRef<'_>) -> ControlFlow<()>,
) -> Result<(), Damaged> {
    let (_, mut times) = split_front(front)?;
    let mut rest = raw;
    let mut timestamp = 0_i64;
    let mut metadata = Vec::new();
    while !times.is_empty() {
        timestamp = timestamp.wrapping_add(varint::unzigzag(varint::take(&mut times)?));
        let length = usize::try_from(varint::take(&mut times)?).map_err(|_| Damaged)?;
        metadata.clear();
        for _ in 0..varint::take(&mut rest)? {
            let name = text(&mut rest)?;
            metadata.push((name, text(&mut rest)?));
        }
        let (line, after) = rest.split_at_checked(length).ok_or(Damaged)?;
        rest = after;
        let line = std::str::from_utf8(line).map_err(|_| Damaged)?;
        if see(EntryRef { timestamp, line, metadata: &metadata }).is_break() {
            break;
        }
    }
    Ok(())
}

/// Where chunks are cut: the ends of the full pieces of `chunk_bytes` or a little more; what is left after the
/// last end is the open chunk.
pub(crate) fn cut(entries: &[Entry], chunk_bytes: usize) -> Vec<usize> {
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

fn text<'a>(rest: &mut &'a [u8]) -> Result<&'a str, Damaged> {
    std::str::from_utf8(varint::take_bytes(rest)?).map_err(|_| Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_model::Labels;
    use proptest::prelude::*;

    fn read(packed: &Packed) -> Result<Vec<Entry>, Damaged> {
        let mut entries = Vec::new();
        visit(&packed.front, &unpack(&packed.body)?, &mut |entry| {
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
        fn damage_is_noticed_not_a_panic(
            front in proptest::collection::vec(any::<u8>(), 0..64), raw in proptest::collection::vec(any::<u8>(), 0..64)
        ) {
            let _ = read(&Packed { front: front.clone(), body: raw.clone() });
            let _ = visit(&front, &raw, &mut |_| ControlFlow::Continue(()));
        }
    }

    #[test]
    fn a_line_of_the_first_layout_is_read() {
        // Time 1, one pair of metadata, the line "hi".
        let raw = b"\x02\x01\x01a\x01b\x02hi";
        let mut seen = Vec::new();
        let see = &mut |entry: EntryRef<'_>| {
            seen.push((entry.timestamp, entry.line.to_owned(), entry.metadata.len()));
            ControlFlow::Continue(())
        };
        crate::store::rows::first_layout::visit(raw, see).expect("sound");
        assert_eq!(seen, [(1, "hi".to_owned(), 1)]);
    }

    #[test]
    fn pieces_are_cut_by_bytes() {
        let entries: Vec<Entry> = (0..5).map(|time| Entry::new(time, "0123456789")).collect();
        assert_eq!(cut(&entries, 20), [2, 4]);
        assert_eq!(cut(&entries[..4], 20), [2, 4]);
        assert!(cut(&entries, 1000).is_empty());
    }
}
