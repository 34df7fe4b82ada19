//! Reading the rows of a part: each column by itself, in the order of the spans' starts.

use opentelemetry_proto::tonic::common::v1::AnyValue;
use prost::Message;

use crate::columns::layout::{Content, DURATION, Dictionary, Entries, FRAGMENT, Layout, ORIGIN, SHAPE, START, sized};
use crate::columns::pack::unpack;
use crate::protobuf::fields::{Fields, Value as Field};
use crate::traceql::value::Value;

/// A dictionary that claims to be larger is damaged.
const MAX_DICTIONARY: usize = 64 << 20;

/// The rows of a part. Whatever is read is `None` if the bytes are not those of a part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) body: &'a [u8],
}

impl Rows<'_> {
    /// For each row the place of its fragment among those of the part.
    pub(crate) fn fragments(self) -> Option<Vec<u32>> {
        self.unpack(FRAGMENT, |place| place as u32)
    }

    /// When each span began, in nanoseconds since the epoch.
    pub(crate) fn starts(self) -> Option<Vec<i64>> {
        let mut starts = self.unpack(START, u64::cast_signed)?;
        let mut last = self.layout.starts.0;
        for start in &mut starts {
            last = last.wrapping_add(*start);
            *start = last;
        }
        Some(starts)
    }

    /// How long each span took, in nanoseconds.
    pub(crate) fn durations(self) -> Option<Vec<i64>> {
        self.unpack(DURATION, u64::cast_signed)
    }

    /// For each row the code of its origin.
    pub(crate) fn origins(self) -> Option<Vec<u32>> {
        self.codes(ORIGIN, self.layout.origins.len())
    }

    /// For each row the code of its shape.
    pub(crate) fn shapes(self) -> Option<Vec<u32>> {
        self.codes(SHAPE, self.layout.shapes.len())
    }

    /// The codes in a segment, each below `bound`.
    pub(crate) fn codes(self, segment: usize, bound: usize) -> Option<Vec<u32>> {
        let codes = self.unpack(segment, |code| u32::try_from(code).unwrap_or(u32::MAX))?;
        codes.iter().all(|code| (*code as usize) < bound).then_some(codes)
    }

    /// For each row its integer, if it has one.
    pub(crate) fn integers(self, content: &Content) -> Option<Vec<Option<i64>>> {
        let Content::Integers { range, complete, segment } = content else { return None };
        self.unpack(*segment, |stored| {
            let above = if *complete { Some(stored) } else { stored.checked_sub(1) };
            above.map(|above| range.0.wrapping_add(above.cast_signed()))
        })
    }

    fn unpack<T>(self, segment: usize, make: impl Fn(u64) -> T) -> Option<Vec<T>> {
        unpack(self.body.get(self.layout.segment(segment)?)?, self.layout.rows, make)
    }
}

impl Dictionary {
    /// True if its entries are in the front, so that the body is not needed for them.
    pub(crate) fn is_here(&self) -> bool {
        matches!(self.place, Entries::Here(_))
    }

    /// Its entries, each made into what is wanted, in the order of their codes. The body counts only if they are there.
    pub(crate) fn entries<T>(&self, rows: Rows<'_>, make: impl Fn(&[u8]) -> Option<T>) -> Option<Vec<T>> {
        let unpacked;
        let bytes = match &self.place {
            Entries::Here(bytes) => bytes,
            Entries::In(segment) => {
                let stored = rows.body.get(rows.layout.segment(*segment)?)?;
                let (size, packed) = lz4_flex::block::uncompressed_size(stored).ok()?;
                if size > MAX_DICTIONARY {
                    return None;
                }
                unpacked = lz4_flex::block::decompress(packed, size).ok()?;
                &unpacked
            }
        };
        let mut rest = Fields(bytes);
        if self.count > bytes.len() {
            return None;
        }
        (0..self.count).map(|_| make(sized(&mut rest)?)).collect()
    }
}

/// The text that these bytes are.
pub(crate) fn text(bytes: &[u8]) -> Option<Value<'static>> {
    String::from_utf8(bytes.to_vec()).ok().map(|text| Value::Text(text.into()))
}

/// The value that an encoded `AnyValue` is.
pub(crate) fn attribute(bytes: &[u8]) -> Option<Value<'static>> {
    let mut fields = Fields(bytes);
    match fields.next_field() {
        Ok(Some((1, Field::Bytes(found)))) if fields.0.is_empty() => text(found),
        _ => AnyValue::decode(bytes).ok().map(|value| Value::from_otlp(Some(&value)).into_owned()),
    }
}
