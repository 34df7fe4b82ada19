//! Making parts of encoded spans. No span is decoded: the fields that become columns are picked from its bytes.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::ops::Range;

use crate::columns::layout::{Key, Layout, Names, Shape};
use crate::columns::tally::{Body, Tally};
use crate::protobuf::fields::{Fields, Value, WireError};
use crate::span::kind::{Kind, Status};
use crate::store::buffer::{Fragment, StoredSpan};

/// Rows after which a new part begins.
pub(crate) const FULL: usize = 32_768;
/// Bytes of spans that count as a row, so that a part of long spans is full earlier: names and messages have all of their
/// texts in it. With the longest trace, which is not divided, a part is made of less than 56 MiB.
const ROW_BYTES: usize = 768;
/// Spans that begin so much later or earlier than the first of a part, in nanoseconds, have a part of their own: times that are
/// wrong shall not widen the range of those that are right.
const APART_NS: u64 = 600_000_000_000;
/// Attributes that a part has columns for.
const MAX_KEYS: usize = 128;
/// Names of attributes of events, and of links, that a part knows.
const MAX_NAMES: usize = 128;

/// Front and body of a part.
#[derive(Debug)]
pub(crate) struct EncodedPart {
    /// Which of the fragments are in it.
    pub(crate) fragments: Range<usize>,
    pub(crate) rows: usize,
    pub(crate) front: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

/// The parts of neighbouring fragments: those of one flush are sorted by start, but the next one may begin before their end.
pub(crate) fn parts(fragments: &[&Fragment]) -> Vec<EncodedPart> {
    let (mut parts, mut first, mut rows) = (Vec::new(), 0, 0);
    for (at, fragment) in fragments.iter().enumerate() {
        let is_apart = fragment.start_ns.abs_diff(fragments[first].start_ns) > APART_NS;
        if at > first && (is_apart || rows >= FULL) {
            parts.push(part(fragments, first..at));
            (first, rows) = (at, 0);
        }
        rows += weight(fragment);
    }
    if first < fragments.len() {
        parts.push(part(fragments, first..fragments.len()));
    }
    parts
}

/// How many rows a fragment counts as.
pub(crate) fn weight(fragment: &Fragment) -> usize {
    let bytes: usize = fragment.spans.iter().map(|span| span.otlp.len()).sum();
    fragment.spans.len().max(bytes / ROW_BYTES)
}

fn part(fragments: &[&Fragment], range: Range<usize>) -> EncodedPart {
    let mut builder = Builder::default();
    for (number, fragment) in fragments[range.clone()].iter().enumerate() {
        for span in &fragment.spans {
            // What is no span was refused on arrival.
            let _ = builder.span(number as u64, span);
        }
    }
    let rows = builder.starts.len();
    let (front, body) = builder.finish();
    EncodedPart { fragments: range, rows, front, body }
}

/// The rows so far, in order of arrival.
#[derive(Debug)]
struct Builder<'a> {
    fragments: Vec<u64>,
    starts: Vec<i64>,
    durations: Vec<u64>,
    origins: Codes<u32>,
    shapes: Codes<u8>,
    names: Tally<'a>,
    messages: Tally<'a>,
    keys: Vec<(&'a [u8], Tally<'a>)>,
    known: HashMap<&'a [u8], usize>,
    /// The column of the attribute at each place of the last span: spans of one library have the same ones in a row.
    last: Vec<usize>,
    other_keys: bool,
    event_keys: Seen<'a>,
    link_keys: Seen<'a>,
}

/// Small numbers with a code for each row.
#[derive(Debug, Default)]
struct Codes<T> {
    distinct: Vec<T>,
    known: HashMap<T, u64>,
    rows: Vec<u64>,
}

impl<T: Copy + Eq + Hash> Codes<T> {
    fn add(&mut self, value: T) {
        let next = self.distinct.len() as u64;
        let code = *self.known.entry(value).or_insert(next);
        if code == next {
            self.distinct.push(value);
        }
        self.rows.push(code);
    }
}

/// Names that occur, up to a bound.
#[derive(Debug, Default)]
struct Seen<'a> {
    names: BTreeSet<&'a [u8]>,
    others: bool,
}

impl<'a> Seen<'a> {
    fn add(&mut self, name: &'a [u8]) {
        if self.names.len() < MAX_NAMES || self.names.contains(name) {
            self.names.insert(name);
        } else {
            self.others = true;
        }
    }

    fn finish(self) -> Names {
        Names { known: self.names.into_iter().map(text).collect(), others: self.others }
    }
}

/// What a span says of its status.
#[derive(Default)]
struct SpanStatus<'a> {
    code: u64,
    message: &'a [u8],
}

impl Default for Builder<'_> {
    fn default() -> Self {
        Self {
            fragments: Vec::new(),
            starts: Vec::new(),
            durations: Vec::new(),
            origins: Codes::default(),
            shapes: Codes::default(),
            names: Tally::of_texts(),
            messages: Tally::of_texts(),
            keys: Vec::new(),
            known: HashMap::new(),
            last: Vec::new(),
            other_keys: false,
            event_keys: Seen::default(),
            link_keys: Seen::default(),
        }
    }
}

impl<'a> Builder<'a> {
    /// Adds one span; see the field numbers in `opentelemetry/proto/trace/v1/trace.proto`.
    fn span(&mut self, fragment: u64, span: &'a StoredSpan) -> Result<(), WireError> {
        let row = self.starts.len() as u32;
        let (mut start, mut end, mut kind, mut shape) = (0, 0, 0, Shape::ROOT);
        let (mut name, mut status): (&[u8], _) = (&[], SpanStatus::default());
        let (mut fields, mut attributes) = (Fields(&span.otlp), 0);
        while let Some((field, value)) = fields.next_field()? {
            match (field, value) {
                (4, Value::Bytes(parent)) if parent.len() == 8 && parent.iter().any(|byte| *byte != 0) => {
                    shape &= !Shape::ROOT;
                }
                (5, Value::Bytes(bytes)) => name = bytes,
                (6, Value::Varint(number)) => kind = number,
                (7, Value::Fixed64(time)) => start = time.cast_signed(),
                (8, Value::Fixed64(time)) => end = time.cast_signed(),
                (9, Value::Bytes(attribute)) => {
                    self.attribute(row, attributes, attribute)?;
                    attributes += 1;
                }
                (11, Value::Bytes(event)) => {
                    shape |= Shape::EVENTS;
                    add_keys(&mut self.event_keys, event, 3)?;
                }
                (13, Value::Bytes(link)) => {
                    shape |= Shape::LINKS;
                    add_keys(&mut self.link_keys, link, 4)?;
                }
                (15, Value::Bytes(bytes)) => status.read(bytes)?,
                _ => {}
            }
        }
        let number = |number: u64| number as i32;
        let kind = Kind::from_otlp(number(kind)) as u8;
        self.shapes.add(shape | kind | (Status::from_otlp(number(status.code)) as u8) << 3);
        self.fragments.push(fragment);
        self.starts.push(start);
        self.durations.push(end.max(start).wrapping_sub(start).cast_unsigned());
        self.origins.add(span.origin.id);
        self.names.add(row, name);
        self.messages.add(row, status.message);
        Ok(())
    }

    /// Adds the attribute at a place of a span: key in field 1, value in field 2.
    fn attribute(&mut self, row: u32, place: usize, attribute: &'a [u8]) -> Result<(), WireError> {
        let (mut key, mut value, mut values): (&[u8], &[u8], u32) = (&[], &[], 0);
        let mut fields = Fields(attribute);
        while let Some((field, found)) = fields.next_field()? {
            match (field, found) {
                (1, Value::Bytes(bytes)) => key = bytes,
                (2, Value::Bytes(bytes)) => (value, values) = (bytes, values + 1),
                _ => {}
            }
        }
        let Some(column) = self.column(place, key) else {
            self.other_keys = true;
            return Ok(());
        };
        if values > 1 {
            // Protobuf merges the two, which nobody sends.
            self.keys[column].1.keep_out();
        } else {
            self.keys[column].1.add_bounded(row, value);
        }
        Ok(())
    }

    /// The column of an attribute; none if there are too many.
    fn column(&mut self, place: usize, key: &'a [u8]) -> Option<usize> {
        if let Some(last) = self.last.get(place).copied().filter(|last| self.keys[*last].0 == key) {
            return Some(last);
        }
        let next = self.keys.len();
        let column = match self.known.get(key) {
            Some(column) => *column,
            None if next >= MAX_KEYS => return None,
            None => {
                self.known.insert(key, next);
                self.keys.push((key, Tally::of_attribute()));
                next
            }
        };
        if place < self.last.len() {
            self.last[place] = column;
        } else if place == self.last.len() {
            self.last.push(column);
        }
        Some(column)
    }

    /// Front and body, with the rows sorted by start.
    fn finish(self) -> (Vec<u8>, Vec<u8>) {
        let rows = self.starts.len();
        let mut order: Vec<u32> = (0..rows as u32).collect();
        order.sort_by_key(|row| self.starts[*row as usize]);
        let mut places = vec![0_u32; rows];
        for (place, row) in order.iter().enumerate() {
            places[*row as usize] = place as u32;
        }
        let sorted = |values: &[u64]| order.iter().map(|row| values[*row as usize]).collect::<Vec<u64>>();
        let starts: Vec<i64> = order.iter().map(|row| self.starts[*row as usize]).collect();
        let first = starts.first().copied().unwrap_or(0);
        let steps = starts
            .iter()
            .scan(first, |last, start| Some(start.wrapping_sub(std::mem::replace(last, *start)).cast_unsigned()));
        let mut body = Body::default();
        // In the order of the numbers of segments.
        body.pack(&sorted(&self.fragments));
        body.pack(&steps.collect::<Vec<u64>>());
        body.pack(&sorted(&self.durations));
        body.pack(&sorted(&self.origins.rows));
        body.pack(&sorted(&self.shapes.rows));
        let extremes = |values: &[u64]| (values.iter().min().copied(), values.iter().max().copied());
        let (shortest, longest) = extremes(&self.durations);
        let mut layout = Layout {
            rows,
            starts: (first, starts.last().copied().unwrap_or(0)),
            durations: (shortest.unwrap_or(0).cast_signed(), longest.unwrap_or(0).cast_signed()),
            origins: self.origins.distinct,
            shapes: self.shapes.distinct.into_iter().map(Shape).collect(),
            other_keys: self.other_keys,
            event_keys: self.event_keys.finish(),
            link_keys: self.link_keys.finish(),
            ..Layout::default()
        };
        body.pack(&self.names.codes(&places));
        body.pack(&self.messages.codes(&places));
        layout.names = self.names.dictionary(&mut body);
        layout.messages = self.messages.dictionary(&mut body);
        let column = |(key, tally): &(&[u8], Tally<'_>), body: &mut Body| Key {
            name: text(key),
            content: tally.finish(&places, body),
        };
        layout.keys = self.keys.iter().map(|key| column(key, &mut body)).collect();
        layout.segments = body.segments;
        (layout.to_bytes(), body.bytes)
    }
}

impl<'a> SpanStatus<'a> {
    /// Reads an encoded `Status`: message in field 2, code in field 3.
    fn read(&mut self, bytes: &'a [u8]) -> Result<(), WireError> {
        let mut fields = Fields(bytes);
        while let Some((field, value)) = fields.next_field()? {
            match (field, value) {
                (2, Value::Bytes(message)) => self.message = message,
                (3, Value::Varint(code)) => self.code = code,
                _ => {}
            }
        }
        Ok(())
    }
}

/// Adds the names of the attributes that an event or a link has in this field.
fn add_keys<'a>(seen: &mut Seen<'a>, message: &'a [u8], attributes: u32) -> Result<(), WireError> {
    let mut fields = Fields(message);
    while let Some((field, value)) = fields.next_field()? {
        let (Value::Bytes(attribute), true) = (value, field == attributes) else { continue };
        let (mut key, mut fields): (&[u8], _) = (&[], Fields(attribute));
        while let Some((field, value)) = fields.next_field()? {
            if let (1, Value::Bytes(bytes)) = (field, value) {
                key = bytes;
            }
        }
        seen.add(key);
    }
    Ok(())
}

/// Texts were checked on arrival.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
