//! One column in the making: which row has which value, each distinct value once.

use std::collections::HashMap;

use crate::columns::layout::{Content, Dictionary, Entries, put_sized};
use crate::columns::pack::pack;
use crate::protobuf::fields::{Fields, Value};

/// A value longer than this has no place in a column.
const LONGEST: usize = 1024;
/// Bytes of distinct values that a column may have, besides those for each of its rows.
const FREE_BYTES: usize = 4096;
/// Bytes of distinct values for each row: more would be about as large as the spans themselves.
const BYTES_A_ROW: usize = 24;
/// Dictionaries up to this size stand in the front, where they answer without the body.
const IN_FRONT: usize = 2048;
/// Integers with no more different values than this have a dictionary, so that the front tells them all.
const FEW: usize = 64;

/// The values of one column, borrowed from the spans.
#[derive(Debug)]
pub(crate) struct Tally<'a> {
    /// Rows that have a value, ascending, with its code. Codes begin at 1.
    rows: Vec<(u32, u32)>,
    codes: HashMap<&'a [u8], u32>,
    values: Vec<&'a [u8]>,
    bytes: usize,
    /// The values as integers, as long as all are.
    integers: Option<Vec<i64>>,
    kept_out: bool,
}

/// The body of a part in the making.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    /// The length of each segment so far.
    pub(crate) segments: Vec<usize>,
}

impl Body {
    /// Appends a segment of packed values, and says which one it is.
    pub(crate) fn pack(&mut self, values: &[u64]) -> usize {
        let before = self.bytes.len();
        pack(values, &mut self.bytes);
        self.end_segment(before)
    }

    fn end_segment(&mut self, start: usize) -> usize {
        self.segments.push(self.bytes.len() - start);
        self.segments.len() - 1
    }

    /// Stores distinct values here, or, if they are short, in the front.
    fn dictionary(&mut self, values: &[&[u8]]) -> Dictionary {
        let mut entries = Vec::new();
        for value in values {
            put_sized(&mut entries, value);
        }
        let place = if entries.len() <= IN_FRONT {
            Entries::Here(entries)
        } else {
            let before = self.bytes.len();
            self.bytes.extend(lz4_flex::block::compress_prepend_size(&entries));
            Entries::In(self.end_segment(before))
        };
        Dictionary { count: values.len(), place }
    }
}

impl<'a> Tally<'a> {
    /// A column of encoded `AnyValue` messages.
    pub(crate) fn of_attribute() -> Self {
        Self { integers: Some(Vec::new()), ..Self::of_texts() }
    }

    /// A column of texts, all of which are kept.
    pub(crate) fn of_texts() -> Self {
        let (rows, codes, values) = (Vec::new(), HashMap::new(), Vec::new());
        Self { rows, codes, values, bytes: 0, integers: None, kept_out: false }
    }

    /// Notes the value of a row. Rows come in ascending order; the first value of a row counts.
    pub(crate) fn add(&mut self, row: u32, value: &'a [u8]) {
        if self.kept_out {
            return;
        }
        let last = self.rows.last().copied();
        if last.is_some_and(|(last, _)| last == row) {
            return;
        }
        // Neighbours often are alike.
        let code = match last.filter(|(_, code)| self.values[*code as usize - 1] == value) {
            Some((_, code)) => code,
            None => self.code(value),
        };
        self.rows.push((row, code));
    }

    /// The same for an attribute, whose values must be worth a column.
    pub(crate) fn add_bounded(&mut self, row: u32, value: &'a [u8]) {
        if self.rows.last().is_some_and(|(last, _)| *last == row) {
            return;
        }
        self.add(row, value);
        if value.len() > LONGEST || self.bytes > FREE_BYTES + BYTES_A_ROW * self.rows.len() {
            self.keep_out();
        }
    }

    /// Says that this column cannot be stored.
    pub(crate) fn keep_out(&mut self) {
        *self = Self { kept_out: true, ..Self::of_texts() };
    }

    fn code(&mut self, value: &'a [u8]) -> u32 {
        let next = self.values.len() as u32 + 1;
        let code = *self.codes.entry(value).or_insert(next);
        if code == next {
            self.values.push(value);
            self.bytes += value.len();
            self.integers = self.integers.take().and_then(|mut integers| {
                integers.push(integer(value)?);
                Some(integers)
            });
        }
        code
    }

    /// The distinct values in the order of their codes.
    pub(crate) fn dictionary(&self, body: &mut Body) -> Dictionary {
        body.dictionary(&self.values)
    }

    /// The code of each row at its place in the order of the part, 0 where there is no value.
    pub(crate) fn codes(&self, places: &[u32]) -> Vec<u64> {
        self.placed(places, u64::from)
    }

    /// Stores an attribute, each row at its place in the order of the part.
    pub(crate) fn finish(&self, places: &[u32], body: &mut Body) -> Content {
        if self.kept_out {
            return Content::KeptOut;
        }
        if let Some(stored) = self.integers(places, body) {
            return stored;
        }
        let segment = body.pack(&self.codes(places));
        Content::Coded { values: body.dictionary(&self.values), segment }
    }

    fn integers(&self, places: &[u32], body: &mut Body) -> Option<Content> {
        let integers = self.integers.as_ref().filter(|integers| integers.len() > FEW)?;
        let range = (*integers.iter().min()?, *integers.iter().max()?);
        let complete = self.rows.len() == places.len();
        let above = |value: i64| value.wrapping_sub(range.0).cast_unsigned();
        if above(range.1) == u64::MAX {
            return None;
        }
        let stored = self.placed(places, |code| above(integers[code as usize - 1]) + u64::from(!complete));
        Some(Content::Integers { range, complete, segment: body.pack(&stored) })
    }

    /// What is stored of each row, 0 where there is no value.
    fn placed(&self, places: &[u32], stored: impl Fn(u32) -> u64) -> Vec<u64> {
        let mut all = vec![0; places.len()];
        for (row, code) in &self.rows {
            all[places[*row as usize] as usize] = stored(*code);
        }
        all
    }
}

/// The integer that an encoded `AnyValue` is, if it is nothing else.
pub(crate) fn integer(value: &[u8]) -> Option<i64> {
    let mut fields = Fields(value);
    let Ok(Some((3, Value::Varint(number)))) = fields.next_field() else { return None };
    fields.0.is_empty().then_some(number.cast_signed())
}
