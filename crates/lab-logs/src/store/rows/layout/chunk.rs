//! The codec of log lines: what is known of them in the front of a row (see [`front`](super::front)), texts in its body.
//!
//! ```text
//! body    LZ4 over, per entry: the number of its pairs of metadata and each as two texts with their lengths; the line
//! ```
//!
//! All numbers are varints. Metadata that stand in a column of the front are not in the body. The others and the line stand
//! side by side because they repeat each other (ids): apart, a line would take two fifths more bytes on disk.

use std::ops::ControlFlow;

use crate::record::Entry;
use crate::store::rows::layout::column::Columns;
use crate::store::rows::layout::entry::{Damaged, EntryRef};
use crate::store::rows::layout::front::Front;
use crate::store::rows::layout::varint;

/// Largest body that is unpacked; writing stays far below.
const LARGEST_BODY: usize = 64 << 20;
/// The most values of metadata that stand in a column.
const MOST_VALUES: usize = 15;
/// The most columns of metadata.
const MOST_COLUMNS: usize = 16;

/// Front and body of a chunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) front: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

/// Packs entries, which are in order of time. A chunk that is not sealed yet is packed again when more have come.
pub(crate) fn pack(entries: &[Entry], is_sealed: bool) -> Packed {
    let metadata = entries.iter().map(|entry| entry.metadata.iter().map(|label| (&*label.name, &*label.value)));
    let columns = Columns::of(metadata, MOST_VALUES).at_most(MOST_COLUMNS);
    let mut raw = Vec::with_capacity(entries.iter().map(|entry| entry.bytes() + 16).sum());
    for entry in entries {
        let pairs = || entry.metadata.iter().filter(|label| !columns.has(&label.name));
        varint::put(&mut raw, pairs().count() as u64);
        pairs()
            .flat_map(|label| [&label.name, &label.value])
            .for_each(|text| varint::put_bytes(&mut raw, text.as_bytes()));
        raw.extend_from_slice(entry.line.as_bytes());
    }
    Packed { front: Front::write(entries, &columns, is_sealed), body: lz4_flex::compress_prepend_size(&raw) }
}

/// Unpacks a body to the bytes that [`visit`] reads.
pub(crate) fn unpack(body: &[u8]) -> Result<Vec<u8>, Damaged> {
    let size = body.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes) as usize).ok_or(Damaged)?;
    if size > LARGEST_BODY {
        return Err(Damaged);
    }
    lz4_flex::decompress_size_prepended(body).map_err(|_| Damaged)
}

/// Shows every entry of an unpacked body with its front to `see`, until it breaks off.
pub(crate) fn visit(
    front: &Front<'_>,
    raw: &[u8],
    see: &mut dyn FnMut(EntryRef<'_>) -> ControlFlow<()>,
) -> Result<(), Damaged> {
    let mut rest = raw;
    let mut metadata = Vec::new();
    for (at, line) in front.times().ok_or(Damaged)?.enumerate() {
        let (timestamp, length) = line?;
        metadata.clear();
        let in_columns = front.columns.iter().filter_map(|column| Some((column.name, column.value(column.place(at))?)));
        metadata.extend(in_columns);
        let from_columns = metadata.len();
        for _ in 0..varint::take(&mut rest)? {
            let name = varint::take_text(&mut rest)?;
            metadata.push((name, varint::take_text(&mut rest)?));
        }
        if (1..metadata.len()).contains(&from_columns) {
            metadata.sort_unstable();
        }
        let length = usize::try_from(length).map_err(|_| Damaged)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use lab_model::Labels;
    use proptest::prelude::*;

    use crate::store::rows::tables::CHUNK;

    const VERSION: u8 = CHUNK.version;

    fn read(packed: &Packed) -> Result<Vec<Entry>, Damaged> {
        let mut entries = Vec::new();
        visit(&Front::read(VERSION, &packed.front)?, &unpack(&packed.body)?, &mut |entry| {
            let metadata = Labels::from_pairs(entry.metadata.iter().copied());
            entries.push(Entry::new(entry.timestamp, entry.line).with_metadata(metadata));
            ControlFlow::Continue(())
        })?;
        Ok(entries)
    }

    /// Metadata of which some names have many values, some few, and some one.
    fn metadata() -> impl Strategy<Value = Labels> {
        let level = proptest::option::of(prop::sample::select(vec!["info", "error", ""]));
        let trace = proptest::option::of("[a-f0-9]{1,8}");
        (level, trace, "[x-z]{1}", "[a-z]{2}").prop_map(|(level, trace, name, value)| {
            let level = level.map(|level| ("level".to_owned(), level.to_owned()));
            let trace = trace.map(|trace| ("trace_id".to_owned(), trace));
            Labels::from_pairs([("a".to_owned(), "b".to_owned()), (name, value)].into_iter().chain(level).chain(trace))
        })
    }

    proptest! {
        #[test]
        fn what_is_packed_is_read_back(
            lines in proptest::collection::vec((any::<i64>(), ".{0,20}", proptest::option::of(metadata())), 0..60),
            is_sealed in any::<bool>()
        ) {
            let entry = |(timestamp, line, metadata): (i64, String, Option<Labels>)| {
                Entry::new(timestamp, line).with_metadata(metadata.unwrap_or_default())
            };
            let entries: Vec<Entry> = lines.into_iter().map(entry).collect();
            prop_assert_eq!(read(&pack(&entries, is_sealed)), Ok(entries));
        }

        #[test]
        fn damage_is_noticed_not_a_panic(
            version in 0..=VERSION, front in proptest::collection::vec(any::<u8>(), 0..64),
            raw in proptest::collection::vec(any::<u8>(), 0..64)
        ) {
            if let Ok(front) = Front::read(version, &front) {
                let _ = visit(&front, &raw, &mut |_| ControlFlow::Continue(()));
            }
            let _ = unpack(&raw);
        }
    }

    #[test]
    fn a_chunk_of_version_1_is_read() {
        // An empty filter; a line of two bytes at time 3 with one pair of metadata.
        let front = Front::read(1, b"\x00\x06\x02").expect("sound");
        let mut seen = Vec::new();
        visit(&front, b"\x01\x01a\x01bhi", &mut |entry| {
            seen.push((entry.timestamp, entry.line.to_owned(), entry.metadata.len()));
            ControlFlow::Continue(())
        })
        .expect("sound");
        assert_eq!(seen, [(3, "hi".to_owned(), 1)]);
        assert!(front.others.is_none() && front.may_hold_text("anything at all"));
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
        crate::store::rows::layout::first_layout::visit(raw, see).expect("sound");
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
