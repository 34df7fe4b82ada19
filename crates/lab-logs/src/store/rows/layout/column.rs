//! Structured metadata that have few values in a chunk, each name as a column: its values once, and which of them each line
//! has.
//!
//! ```text
//! column   name; number of values, and each value; the places: none if every line has the only value, else four bits a
//!          line, the lower half of a byte first: 0 for a line without this name, else the value's place from 1 on
//! ```

use std::collections::BTreeMap;

use crate::record::Entry;
use crate::store::rows::layout::entry::Damaged;
use crate::store::rows::layout::varint;

/// The most values of a column.
const MOST_VALUES: usize = 15;
/// The most columns of a chunk.
const MOST_COLUMNS: usize = 16;

/// A column as it is read.
#[derive(Debug)]
pub(crate) struct Column<'f> {
    pub(crate) name: &'f str,
    values: Vec<&'f str>,
    places: &'f [u8],
}

impl<'f> Column<'f> {
    /// Reads the column of a chunk of so many lines.
    pub(crate) fn read(rest: &mut &'f [u8], lines: usize) -> Result<Self, Damaged> {
        let name = varint::take_text(rest)?;
        let values: Vec<&str> =
            (0..varint::take(rest)?).map(|_| varint::take_text(rest)).collect::<Result<_, Damaged>>()?;
        let places = varint::take_bytes(rest)?;
        let is_sound = if places.is_empty() { values.len() == 1 } else { places.len() == lines.div_ceil(2) };
        if is_sound { Ok(Self { name, values, places }) } else { Err(Damaged) }
    }

    /// The place of a line's value, from 1 on; 0 if the line has none.
    pub(crate) fn place(&self, line: usize) -> u8 {
        match self.places.get(line / 2) {
            None => u8::from(self.places.is_empty()),
            Some(both) => {
                if line.is_multiple_of(2) {
                    both & 0x0f
                } else {
                    both >> 4
                }
            }
        }
    }

    /// The value at a place.
    pub(crate) fn value(&self, place: u8) -> Option<&'f str> {
        self.values.get(usize::from(place.checked_sub(1)?)).copied()
    }
}

/// The columns of some entries, to be written.
#[derive(Debug)]
pub(crate) struct Columns<'e> {
    columns: BTreeMap<&'e str, Values<'e>>,
    lines: usize,
}

/// The values of a name, and the place of the value that each line has.
#[derive(Debug, Default)]
struct Values<'e> {
    values: Vec<&'e str>,
    places: Vec<u8>,
}

impl<'e> Columns<'e> {
    /// Finds the names with few values.
    pub(crate) fn of(entries: &'e [Entry]) -> Self {
        let mut columns: BTreeMap<&str, Option<Values<'_>>> = BTreeMap::new();
        for (line, entry) in entries.iter().enumerate() {
            for label in &entry.metadata {
                let column = columns.entry(&label.name).or_insert_with(|| Some(Values::default()));
                if column.as_mut().is_some_and(|values| !values.add(line, &label.value)) {
                    *column = None;
                }
            }
        }
        let few = columns.into_iter().filter_map(|(name, values)| Some((name, values?)));
        Self { columns: few.take(MOST_COLUMNS).collect(), lines: entries.len() }
    }

    /// True if there is a column of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.columns.contains_key(name)
    }

    /// Writes them all.
    pub(crate) fn write(&self, front: &mut Vec<u8>) {
        varint::put(front, self.columns.len() as u64);
        for (name, Values { values, places }) in &self.columns {
            varint::put_bytes(front, name.as_bytes());
            varint::put(front, values.len() as u64);
            for value in values {
                varint::put_bytes(front, value.as_bytes());
            }
            let place = |line: usize| places.get(line).copied().unwrap_or_default();
            let is_constant = values.len() == 1 && (0..self.lines).all(|line| place(line) == 1);
            let bytes = if is_constant { 0 } else { self.lines.div_ceil(2) };
            varint::put(front, bytes as u64);
            front.extend((0..bytes).map(|at| place(2 * at) | place(2 * at + 1) << 4));
        }
    }
}

impl<'e> Values<'e> {
    /// Notes the value of a line; false if that is one too many.
    fn add(&mut self, line: usize, value: &'e str) -> bool {
        let place = self.values.iter().position(|known| *known == value).unwrap_or_else(|| {
            self.values.push(value);
            self.values.len() - 1
        });
        self.places.resize(line, 0);
        self.places.push(place as u8 + 1);
        self.values.len() <= MOST_VALUES
    }
}
