//! The chunk of the first schema, which is read but written no more: entries one after the other, LZ4-compressed.
//!
//! Per entry: the time as a zig-zag varint difference to the one before, the number of metadata pairs, each pair as two
//! texts, then the line; a text is its length as a varint and its bytes. The row's front is the filter of trace ids.

use std::ops::ControlFlow;

use crate::store::rows::layout::entry::{Damaged, EntryRef};
use crate::store::rows::layout::varint;

/// Shows every entry of an unpacked chunk to `see`, until it breaks off.
pub(crate) fn visit(raw: &[u8], see: &mut dyn FnMut(EntryRef<'_>) -> ControlFlow<()>) -> Result<(), Damaged> {
    let mut rest = raw;
    let mut timestamp = 0_i64;
    let mut metadata = Vec::new();
    while !rest.is_empty() {
        timestamp = timestamp.wrapping_add(varint::unzigzag(varint::take(&mut rest)?));
        metadata.clear();
        for _ in 0..varint::take(&mut rest)? {
            let name = varint::take_text(&mut rest)?;
            metadata.push((name, varint::take_text(&mut rest)?));
        }
        let line = varint::take_text(&mut rest)?;
        if see(EntryRef { timestamp, line, metadata: &metadata }).is_break() {
            break;
        }
    }
    Ok(())
}
