//! Reading chunks. Damaged bytes end a chunk early; they neither panic nor loop.

use lab_model::Sample;
use lab_storage::{Row, Unreadable};

use crate::store::rows::chunk::bits::BitReader;
use crate::store::rows::chunk::decimal::Decimal;
use crate::store::rows::chunk::format::{Coding, HEADER};
use crate::store::rows::chunk::steps::TIME;
use crate::store::rows::chunk::xor::Xor;

/// A view of a chunk's bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChunkReader<'a> {
    count: u16,
    /// The byte of a [`Coding`], or of one of histograms.
    coding: u8,
    first: i64,
    stream: &'a [u8],
}

impl<'a> ChunkReader<'a> {
    /// Looks at a chunk; bytes too short to be one hold no sample.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        match bytes.first_chunk::<HEADER>() {
            Some([high, low, coding, first @ ..]) => Self {
                count: u16::from_be_bytes([*high, *low]),
                coding: *coding,
                first: i64::from_be_bytes(*first),
                stream: &bytes[HEADER..],
            },
            None => Self { count: 0, coding: 0, first: 0, stream: &[] },
        }
    }

    /// Looks at the row of a full chunk.
    pub(crate) fn of_row(row: &Row<'a>) -> Result<Self, Unreadable> {
        let (Ok(count), Some(coding)) = (u16::try_from(row.head.items), Coding::of(row.head.codec)) else {
            return Err(Unreadable::Content);
        };
        Ok(Self { count, coding: coding.byte(), first: row.head.first, stream: row.body })
    }

    /// How many samples the header claims.
    pub(crate) fn count(self) -> u16 {
        self.count
    }

    /// The codec under which a row says how the values are written.
    pub(crate) fn codec(self) -> u8 {
        self.coding
    }

    /// Timestamp of the first sample.
    pub(crate) fn first(self) -> i64 {
        self.first
    }

    /// The bit stream without the header.
    pub(crate) fn stream(self) -> &'a [u8] {
        self.stream
    }

    /// Appends the numbers with `from <= timestamp <= to`; a chunk of histograms has none.
    pub(crate) fn read_into(self, from: i64, to: i64, samples: &mut Vec<Sample>) {
        match Coding::of(self.coding) {
            Some(Coding::Decimal(places)) => {
                let mut values = Decimal::of(places);
                self.decode(from, to, samples, |bits| values.read(bits));
            }
            Some(Coding::Xor) => {
                let mut values = Xor::default();
                self.decode(from, to, samples, |bits| values.read(bits));
            }
            None => {}
        }
    }

    #[inline]
    fn decode(self, from: i64, to: i64, samples: &mut Vec<Sample>, value: impl FnMut(&mut BitReader<'_>) -> f64) {
        self.walk(value, |sample| {
            if sample.timestamp >= from && sample.timestamp <= to {
                samples.push(sample);
            }
            sample.timestamp <= to
        });
    }

    /// Shows one sample after the other to `see`, until that says false. Answers the number of bits that they take, if all
    /// that the header claims are there and were seen.
    #[inline]
    pub(crate) fn walk(
        self,
        mut value: impl FnMut(&mut BitReader<'_>) -> f64,
        mut see: impl FnMut(Sample) -> bool,
    ) -> Option<usize> {
        let mut bits = BitReader::new(self.stream);
        let (mut timestamp, mut distance) = (self.first, 0_i64);
        for at in 0..self.count {
            if at > 0 {
                let change = TIME.read(&mut bits);
                distance = distance.wrapping_add(change.unwrap_or_else(|| bits.read(64) as i64));
                timestamp = timestamp.wrapping_add(distance);
            }
            let value = value(&mut bits);
            if bits.overrun() || !see(Sample { timestamp, value }) {
                return None;
            }
        }
        Some(bits.position())
    }
}
