//! What has few values in a chunk, each name as a column: its values once, and which of them each line has.
//!
//! ```text
//! column   name; number of values, and each value; the places: none if every line has the only value, else as few bits a
//!          line as tell the places apart (1, 2, 4 or 8), the lowest of a byte first: 0 for a line without this name, else
//!          the value's place from 1 on. In version 2 of a chunk they are always four bits
//! ```

use std::collections::{BTreeMap, HashMap};

use crate::store::rows::layout::entry::Damaged;
use crate::store::rows::layout::varint;

/// The most values of any column: a place is a byte at most, and 0 says that there is none.
const MOST_VALUES: usize = 255;
/// The bits of a place in version 2.
pub(crate) const FOUR_BITS: usize = 4;

/// A column as it is read.
#[derive(Debug)]
pub(crate) struct Column<'f> {
    pub(crate) name: &'f str,
    values: Vec<&'f str>,
    bits: usize,
    places: &'f [u8],
}

impl<'f> Column<'f> {
    /// Reads the column of a chunk of so many lines, whose places take `bits` each if that is not told by its values.
    pub(crate) fn read(rest: &mut &'f [u8], lines: usize, bits: Option<usize>) -> Result<Self, Damaged> {
        let name = varint::take_text(rest)?;
        let values: Vec<&str> =
            (0..varint::take(rest)?).map(|_| varint::take_text(rest)).collect::<Result<_, Damaged>>()?;
        let places = varint::take_bytes(rest)?;
        let bits = bits.unwrap_or_else(|| bits_for(values.len()));
        let is_sound = if places.is_empty() { values.len() == 1 } else { places.len() == lines.div_ceil(8 / bits) };
        if is_sound && values.len() <= MOST_VALUES { Ok(Self { name, values, bits, places }) } else { Err(Damaged) }
    }

    /// The place of a line's value, from 1 on; 0 if the line has none.
    pub(crate) fn place(&self, line: usize) -> u8 {
        let in_a_byte = 8 / self.bits;
        match self.places.get(line / in_a_byte) {
            None => u8::from(self.places.is_empty()),
            Some(byte) => byte >> (line % in_a_byte * self.bits) & (u8::MAX >> (8 - self.bits)),
        }
    }

    /// The value at a place.
    pub(crate) fn value(&self, place: u8) -> Option<&'f str> {
        self.values.get(usize::from(place.checked_sub(1)?)).copied()
    }
}

/// The bits of a place where there are so many values.
fn bits_for(values: usize) -> usize {
    match values {
        0..=1 => 1,
        2..=3 => 2,
        4..=15 => 4,
        _ => 8,
    }
}

/// The columns of some lines, to be written.
#[derive(Debug)]
pub(crate) struct Columns<'e> {
    columns: BTreeMap<&'e str, Values<'e>>,
    lines: usize,
}

/// The values of a name, and the place of the value that each line has.
#[derive(Debug, Default)]
struct Values<'e> {
    texts: Vec<&'e str>,
    known: HashMap<&'e str, u8>,
    places: Vec<u8>,
}

impl<'e> Columns<'e> {
    /// Finds the names with few values, which is at most `most_values`, in lines of names and values. A name stands at most
    /// once in a line.
    pub(crate) fn of<L>(lines: impl Iterator<Item = L>, most_values: usize) -> Self
    where
        L: Iterator<Item = (&'e str, &'e str)>,
    {
        let mut columns: BTreeMap<&str, Option<Values<'_>>> = BTreeMap::new();
        let mut count = 0;
        for line in lines {
            for (name, value) in line {
                let column = columns.entry(name).or_insert_with(|| Some(Values::default()));
                if column.as_mut().is_some_and(|values| !values.add(count, value, most_values.min(MOST_VALUES))) {
                    *column = None;
                }
            }
            count += 1;
        }
        let few = columns.into_iter().filter_map(|(name, values)| Some((name, values?)));
        Self { columns: few.collect(), lines: count }
    }

    /// Leaves out all but the first `most`.
    pub(crate) fn at_most(mut self, most: usize) -> Self {
        self.columns = self.columns.into_iter().take(most).collect();
        self
    }

    /// Leaves out the largest until the others take at most so many bytes.
    pub(crate) fn within(mut self, bytes: usize) -> Self {
        let mut sizes: Vec<(usize, &str)> =
            self.columns.iter().map(|(name, values)| (values.bytes(name, self.lines), *name)).collect();
        sizes.sort_unstable();
        let mut left = bytes;
        for (size, name) in sizes {
            match left.checked_sub(size) {
                Some(rest) => left = rest,
                None => {
                    self.columns.remove(name);
                }
            }
        }
        self
    }

    /// True if there is a column of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.columns.contains_key(name)
    }

    /// Writes them all.
    pub(crate) fn write(&self, front: &mut Vec<u8>) {
        varint::put(front, self.columns.len() as u64);
        for (name, values) in &self.columns {
            varint::put_bytes(front, name.as_bytes());
            varint::put(front, values.texts.len() as u64);
            for value in &values.texts {
                varint::put_bytes(front, value.as_bytes());
            }
            varint::put_bytes(front, &values.packed(self.lines));
        }
    }
}

impl<'e> Values<'e> {
    /// Notes the value of a line; false if that is one too many.
    fn add(&mut self, line: usize, value: &'e str, most: usize) -> bool {
        let place = match self.known.get(value) {
            Some(place) => *place,
            None if self.texts.len() == most => return false,
            None => {
                self.texts.push(value);
                let place = self.texts.len() as u8;
                self.known.insert(value, place);
                place
            }
        };
        self.places.resize(line, 0);
        self.places.push(place);
        true
    }

    /// The places of all lines as bytes.
    fn packed(&self, lines: usize) -> Vec<u8> {
        if self.texts.len() == 1 && self.places.len() == lines && !self.places.contains(&0) {
            return Vec::new();
        }
        let bits = bits_for(self.texts.len());
        let mut bytes = vec![0_u8; lines.div_ceil(8 / bits)];
        for (line, place) in self.places.iter().enumerate() {
            bytes[line / (8 / bits)] |= place << (line % (8 / bits) * bits);
        }
        bytes
    }

    /// About how many bytes the column takes.
    fn bytes(&self, name: &str, lines: usize) -> usize {
        let texts: usize = self.texts.iter().map(|text| text.len() + 1).sum();
        name.len() + texts + lines.div_ceil(8 / bits_for(self.texts.len()))
    }
}
