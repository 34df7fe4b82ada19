//! The front of a chunk: what is known of its lines without reading their texts.
//!
//! ```text
//! version 3   as version 2, with the fields of the lines (see `fields`) before times and sizes
//! version 2   filter of trace ids (see `trace_filter`), filter of texts (see `text_filter`): each its length and itself
//!             number of lines; number of columns, and each column (see `column`)
//!             number of names of metadata that stand in the body, and each name
//!             per line: difference to the time before (zig-zag), bytes of the line
//! version 1   filter of trace ids; per line as above. All metadata stand in the body
//! version 0   the filter of trace ids and nothing else (see `first_layout`)
//! ```
//!
//! All numbers are varints; a text is its length and its bytes. Whoever counts lines, or their bytes, by time and by what
//! few values tell apart, reads the front alone.

use std::collections::BTreeSet;

use lab_storage::Head;

use crate::record::Entry;
use crate::store::rows::layout::column::{Column, Columns, FOUR_BITS};
use crate::store::rows::layout::entry::Damaged;
use crate::store::rows::layout::fields::{self, Fields};
use crate::store::rows::layout::{text_filter, trace_filter, varint};

/// The version whose front has columns and names.
const COLUMNS: u8 = 2;
/// The version whose front has fields, too.
const FIELDS: u8 = 3;

/// A front as it is read.
#[derive(Debug)]
pub(crate) struct Front<'f> {
    /// The filter of trace ids.
    traces: &'f [u8],
    /// The filter of texts; empty if there is none.
    texts: &'f [u8],
    /// Metadata that have few values.
    pub(crate) columns: Vec<Column<'f>>,
    /// Names of the metadata that stand in the body; none if the front does not know them.
    pub(crate) others: Option<Vec<&'f str>>,
    /// What a parser finds in the lines; none if the front does not know it.
    pub(crate) fields: Option<Fields<'f>>,
    /// Times and sizes; none if the front does not have them.
    times: Option<&'f [u8]>,
}

impl<'f> Front<'f> {
    /// Reads the front of a chunk of this version.
    pub(crate) fn read(version: u8, front: &'f [u8]) -> Result<Self, Damaged> {
        let mut rest = front;
        let none = Self { traces: front, texts: &[], columns: Vec::new(), others: None, fields: None, times: None };
        if version == Head::CONVERTED {
            return Ok(none);
        }
        let traces = varint::take_bytes(&mut rest)?;
        if version < COLUMNS {
            return Ok(Self { traces, times: Some(rest), ..none });
        }
        let texts = varint::take_bytes(&mut rest)?;
        let lines = usize::try_from(varint::take(&mut rest)?).map_err(|_| Damaged)?;
        let bits = (version < FIELDS).then_some(FOUR_BITS);
        let columns =
            (0..varint::take(&mut rest)?).map(|_| Column::read(&mut rest, lines, bits)).collect::<Result<_, _>>()?;
        let others = (0..varint::take(&mut rest)?).map(|_| varint::take_text(&mut rest)).collect::<Result<_, _>>()?;
        let fields = if version < FIELDS { None } else { Fields::read(&mut rest, lines)? };
        Ok(Self { traces, texts, columns, others: Some(others), fields, times: Some(rest) })
    }

    /// Writes the front of a chunk. A chunk that still grows gets no filter of texts and no fields: its lines are in memory
    /// besides.
    pub(crate) fn write(entries: &[Entry], columns: &Columns<'_>, is_sealed: bool) -> Vec<u8> {
        let mut front = Vec::with_capacity(entries.len() * 8 + 64);
        varint::put_bytes(&mut front, &trace_filter::build(entries));
        let texts = || text_filter::build(entries.iter().map(|entry| &*entry.line));
        varint::put_bytes(&mut front, &if is_sealed { texts() } else { Vec::new() });
        varint::put(&mut front, entries.len() as u64);
        columns.write(&mut front);
        let names = entries.iter().flat_map(|entry| entry.metadata.iter().map(|label| &*label.name));
        let others: BTreeSet<&str> = names.filter(|name| !columns.has(name)).collect();
        varint::put(&mut front, others.len() as u64);
        for name in others {
            varint::put_bytes(&mut front, name.as_bytes());
        }
        fields::write(if is_sealed { entries } else { &[] }, &mut front);
        let mut before = 0;
        for entry in entries {
            varint::put(&mut front, varint::zigzag(entry.timestamp.wrapping_sub(before)));
            varint::put(&mut front, entry.line.len() as u64);
            before = entry.timestamp;
        }
        front
    }

    /// False if the chunk surely has no line of the trace.
    pub(crate) fn may_hold_trace(&self, trace_id: &str) -> bool {
        trace_filter::may_hold(self.traces, trace_id)
    }

    /// False if surely no line of the chunk contains the text.
    pub(crate) fn may_hold_text(&self, text: &str) -> bool {
        text_filter::may_hold(self.texts, text)
    }

    /// Time and length of every line in order; none if the front does not have them.
    pub(crate) fn times(&self) -> Option<Times<'f>> {
        self.times.map(|rest| Times { rest, time: 0 })
    }
}

/// Time (ns) and length in bytes of one line after the other.
#[derive(Clone, Debug)]
pub(crate) struct Times<'f> {
    rest: &'f [u8],
    time: i64,
}

impl Times<'_> {
    fn take(&mut self) -> Result<(i64, u64), Damaged> {
        self.time = self.time.wrapping_add(varint::unzigzag(varint::take(&mut self.rest)?));
        Ok((self.time, varint::take(&mut self.rest)?))
    }
}

impl Iterator for Times<'_> {
    type Item = Result<(i64, u64), Damaged>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let next = self.take();
        if next.is_err() {
            self.rest = &[];
        }
        Some(next)
    }
}
