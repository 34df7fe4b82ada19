//! The front of a part: what is known of its rows without reading them, and where the rows are in the body.

use std::ops::Range;

use crate::protobuf::fields::{Fields, put_varint};

/// Rows that a part has at most; what claims to have more is damaged.
const MAX_ROWS: usize = 1 << 24;

/// The segments of the body that every part has, by their places; those of dictionaries and attributes follow.
pub(crate) const FRAGMENT: usize = 0;
pub(crate) const START: usize = 1;
pub(crate) const DURATION: usize = 2;
pub(crate) const ORIGIN: usize = 3;
pub(crate) const SHAPE: usize = 4;
pub(crate) const NAME: usize = 5;
pub(crate) const MESSAGE: usize = 6;

/// What the front of a part says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Layout {
    pub(crate) rows: usize,
    /// The first and the last start of a span, in nanoseconds since the epoch.
    pub(crate) starts: (i64, i64),
    /// The shortest and the longest duration in nanoseconds.
    pub(crate) durations: (i64, i64),
    /// The numbers of the origins, by code.
    pub(crate) origins: Vec<u32>,
    /// The shapes that occur (see [`Shape`]), by code.
    pub(crate) shapes: Vec<Shape>,
    /// The names of spans. The first has code 1, and every row has one.
    pub(crate) names: Dictionary,
    /// The messages of statuses, also empty ones, with codes as those of names.
    pub(crate) messages: Dictionary,
    /// The attributes of the spans, in order of appearance.
    pub(crate) keys: Vec<Key>,
    /// True if spans have attributes beyond those in `keys`.
    pub(crate) other_keys: bool,
    /// The names of attributes of events.
    pub(crate) event_keys: Names,
    /// The names of attributes of links.
    pub(crate) link_keys: Names,
    /// How many bytes each segment of the body has.
    pub(crate) segments: Vec<usize>,
}

/// The column of one attribute of spans.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) content: Content,
}

/// What is stored of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    /// Nothing: its values are too long, or differ too much to be worth a column. Only the spans themselves tell them.
    KeptOut,
    /// Integers and nothing else.
    Integers {
        range: (i64, i64),
        /// True if every row has one. Else 0 stands for none, and what is stored of the others is one more.
        complete: bool,
        segment: usize,
    },
    /// A code for each row. 0 stands for none, the first value of the dictionary has code 1.
    Coded {
        /// Encoded `AnyValue` messages; one of no bytes is an attribute without a value.
        values: Dictionary,
        segment: usize,
    },
}

/// Different byte strings, in order of appearance.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Dictionary {
    pub(crate) count: usize,
    pub(crate) place: Entries,
}

/// Where the entries of a dictionary are: each with its length before it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entries {
    /// In the front.
    Here(Vec<u8>),
    /// In this segment of the body, compressed by LZ4 behind the uncompressed length.
    In(usize),
}

/// Names of attributes that are not in columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Names {
    pub(crate) known: Vec<String>,
    /// True if there are more.
    pub(crate) others: bool,
}

/// Kind, status and what else a span is or has, in one byte: three bits of kind, two of status, root, events, links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape(pub(crate) u8);

impl Shape {
    pub(crate) const ROOT: u8 = 1 << 5;
    pub(crate) const EVENTS: u8 = 1 << 6;
    pub(crate) const LINKS: u8 = 1 << 7;

    /// The number of the kind as OTLP has it.
    pub(crate) fn kind(self) -> i32 {
        i32::from(self.0 & 7)
    }

    /// The number of the status as OTLP has it.
    pub(crate) fn status(self) -> i32 {
        i32::from(self.0 >> 3 & 3)
    }

    pub(crate) fn has(self, what: u8) -> bool {
        self.0 & what != 0
    }
}

impl Default for Entries {
    fn default() -> Self {
        Self::Here(Vec::new())
    }
}

impl Layout {
    /// Where a segment is in the body.
    pub(crate) fn segment(&self, at: usize) -> Option<Range<usize>> {
        let length = *self.segments.get(at)?;
        let start = self.segments[..at].iter().try_fold(0_usize, |sum, length| sum.checked_add(*length))?;
        Some(start..start.checked_add(length)?)
    }

    /// The column of the attribute with this name.
    pub(crate) fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// True if some span has what is meant by this bit of a shape.
    pub(crate) fn any_has(&self, what: u8) -> bool {
        self.shapes.iter().any(|shape| shape.has(what))
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024);
        put_varint(&mut out, self.rows as u64);
        for time in [self.starts.0, self.starts.1, self.durations.0, self.durations.1] {
            put_varint(&mut out, time.cast_unsigned());
        }
        put_all(&mut out, &self.origins, |out, origin| put_varint(out, u64::from(*origin)));
        put_all(&mut out, &self.shapes, |out, shape| out.push(shape.0));
        put_dictionary(&mut out, &self.names);
        put_dictionary(&mut out, &self.messages);
        put_all(&mut out, &self.keys, put_key);
        out.push(u8::from(self.other_keys));
        for names in [&self.event_keys, &self.link_keys] {
            put_all(&mut out, &names.known, |out, name| put_sized(out, name.as_bytes()));
            out.push(u8::from(names.others));
        }
        put_all(&mut out, &self.segments, |out, length| put_varint(out, *length as u64));
        out
    }

    /// The layout in these bytes; `None` if they are none.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let rest = &mut Fields(bytes);
        let rows = size(rest).filter(|rows| *rows <= MAX_ROWS)?;
        Some(Self {
            rows,
            starts: (time(rest)?, time(rest)?),
            durations: (time(rest)?, time(rest)?),
            origins: all(rest, |rest| u32::try_from(rest.varint().ok()?).ok())?,
            shapes: all(rest, |rest| byte(rest).map(Shape))?,
            names: dictionary(rest)?,
            messages: dictionary(rest)?,
            keys: all(rest, key)?,
            other_keys: byte(rest)? != 0,
            event_keys: names(rest)?,
            link_keys: names(rest)?,
            segments: all(rest, size)?,
        })
    }
}

fn put_all<T>(out: &mut Vec<u8>, items: &[T], put: impl Fn(&mut Vec<u8>, &T)) {
    put_varint(out, items.len() as u64);
    for item in items {
        put(out, item);
    }
}

/// Appends bytes behind their length.
pub(crate) fn put_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_dictionary(out: &mut Vec<u8>, dictionary: &Dictionary) {
    put_varint(out, dictionary.count as u64);
    match &dictionary.place {
        Entries::Here(bytes) => {
            out.push(0);
            put_sized(out, bytes);
        }
        Entries::In(segment) => {
            out.push(1);
            put_varint(out, *segment as u64);
        }
    }
}

fn put_key(out: &mut Vec<u8>, key: &Key) {
    put_sized(out, key.name.as_bytes());
    match &key.content {
        Content::KeptOut => out.push(0),
        Content::Integers { range, complete, segment } => {
            out.push(if *complete { 1 } else { 2 });
            put_varint(out, range.0.cast_unsigned());
            put_varint(out, range.1.cast_unsigned());
            put_varint(out, *segment as u64);
        }
        Content::Coded { values, segment } => {
            out.push(3);
            put_dictionary(out, values);
            put_varint(out, *segment as u64);
        }
    }
}

fn size(rest: &mut Fields<'_>) -> Option<usize> {
    usize::try_from(rest.varint().ok()?).ok()
}

fn time(rest: &mut Fields<'_>) -> Option<i64> {
    rest.varint().ok().map(u64::cast_signed)
}

fn byte(rest: &mut Fields<'_>) -> Option<u8> {
    rest.take(1).ok()?.first().copied()
}

/// Bytes with their length before them.
pub(crate) fn sized<'a>(rest: &mut Fields<'a>) -> Option<&'a [u8]> {
    let length = size(rest)?;
    rest.take(length).ok()
}

fn text(rest: &mut Fields<'_>) -> Option<String> {
    String::from_utf8(sized(rest)?.to_vec()).ok()
}

fn all<T>(rest: &mut Fields<'_>, one: impl Fn(&mut Fields<'_>) -> Option<T>) -> Option<Vec<T>> {
    // Each takes a byte at least, so that no false count asks for much memory.
    let count = size(rest).filter(|count| *count <= rest.0.len())?;
    (0..count).map(|_| one(rest)).collect()
}

fn names(rest: &mut Fields<'_>) -> Option<Names> {
    Some(Names { known: all(rest, text)?, others: byte(rest)? != 0 })
}

fn dictionary(rest: &mut Fields<'_>) -> Option<Dictionary> {
    let count = size(rest)?;
    let place = match byte(rest)? {
        0 => Entries::Here(sized(rest)?.to_vec()),
        1 => Entries::In(size(rest)?),
        _ => return None,
    };
    Some(Dictionary { count, place })
}

fn key(rest: &mut Fields<'_>) -> Option<Key> {
    let name = text(rest)?;
    let content = match byte(rest)? {
        0 => Content::KeptOut,
        form @ (1 | 2) => {
            Content::Integers { range: (time(rest)?, time(rest)?), complete: form == 1, segment: size(rest)? }
        }
        3 => Content::Coded { values: dictionary(rest)?, segment: size(rest)? },
        _ => return None,
    };
    Some(Key { name, content })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn full() -> Layout {
        let here = Dictionary { count: 1, place: Entries::Here(vec![1, b'a']) };
        let away = Dictionary { count: 900, place: Entries::In(9) };
        let integers = Content::Integers { range: (-5, i64::MAX), complete: false, segment: 7 };
        Layout {
            rows: 1000,
            starts: (5, i64::MAX),
            durations: (0, 70),
            origins: vec![3, u32::MAX],
            shapes: vec![Shape(255)],
            names: here.clone(),
            messages: Dictionary::default(),
            keys: vec![
                Key { name: "long".into(), content: Content::KeptOut },
                Key { name: "number".into(), content: integers },
                Key { name: "text".into(), content: Content::Coded { values: away, segment: 8 } },
                Key { name: "short".into(), content: Content::Coded { values: here, segment: 10 } },
            ],
            other_keys: true,
            event_keys: Names { known: vec!["exception.message".into()], others: true },
            link_keys: Names::default(),
            segments: vec![1, 2, 3, 0, 500],
        }
    }

    #[test]
    fn a_layout_is_read_back_and_says_where_segments_are() {
        let layout = full();
        assert_eq!(Layout::from_bytes(&layout.to_bytes()), Some(layout.clone()));
        assert_eq!([2, 3, 4, 5].map(|at| layout.segment(at)), [Some(3..6), Some(6..6), Some(6..506), None]);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>, at in 0_usize..200, flipped: u8) {
            let _ = Layout::from_bytes(&bytes);
            let mut broken = full().to_bytes();
            let at = at % broken.len();
            broken[at] ^= flipped;
            let _ = Layout::from_bytes(&broken);
        }
    }
}
