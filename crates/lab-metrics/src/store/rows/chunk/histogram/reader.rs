//! Reading chunks of histograms. Damaged bytes end a chunk early; they neither panic nor loop.

use std::sync::Arc;

use lab_histogram::{CounterReset, Histogram};
use lab_storage::{Row, Unreadable};

use crate::model::histogram_sample::HistogramSample;
use crate::store::rows::chunk::bits::BitReader;
use crate::store::rows::chunk::decimal::Decimal;
use crate::store::rows::chunk::format::{FLOAT_COUNTS, HEADER, WHOLE_COUNTS};
use crate::store::rows::chunk::histogram::layout::Layout;
use crate::store::rows::chunk::steps::TIME;
use crate::store::rows::chunk::xor::Xor;

/// A view of a chunk's bytes; one that holds no histograms is empty.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HistogramReader<'a> {
    count: u16,
    is_whole: bool,
    first: i64,
    /// The layout, then the stream.
    body: &'a [u8],
}

impl<'a> HistogramReader<'a> {
    /// Looks at a chunk.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        match bytes.first_chunk::<HEADER>() {
            Some([high, low, coding @ (WHOLE_COUNTS | FLOAT_COUNTS), first @ ..]) => Self {
                count: u16::from_be_bytes([*high, *low]),
                is_whole: *coding == WHOLE_COUNTS,
                first: i64::from_be_bytes(*first),
                body: &bytes[HEADER..],
            },
            _ => Self { count: 0, is_whole: true, first: 0, body: &[] },
        }
    }

    /// Looks at the row of a full chunk.
    pub(crate) fn of_row(row: &Row<'a>) -> Result<Self, Unreadable> {
        let (Ok(count), coding @ (WHOLE_COUNTS | FLOAT_COUNTS)) = (u16::try_from(row.head.items), row.head.codec)
        else {
            return Err(Unreadable::Content);
        };
        Ok(Self { count, is_whole: coding == WHOLE_COUNTS, first: row.head.first, body: row.body })
    }

    /// Appends the histograms with `from <= timestamp <= to`. Of all but the first of a chunk of counters it is known that
    /// the counter was not reset before them.
    pub(crate) fn read_into(self, from: i64, to: i64, samples: &mut Vec<HistogramSample>) {
        if self.count == 0 {
            return;
        }
        let Ok((layout, stream)) = Layout::read(self.body) else { return };
        if self.is_whole {
            let mut values = vec![Decimal::default(); layout.buckets() + 2];
            self.decode((from, to), &layout, stream, samples, |at, bits| values[at].read(bits));
        } else {
            let mut values = vec![Xor::default(); layout.buckets() + 2];
            self.decode((from, to), &layout, stream, samples, |at, bits| values[at].read(bits));
        }
    }

    fn decode(
        self,
        (from, to): (i64, i64),
        layout: &Layout,
        stream: &[u8],
        samples: &mut Vec<HistogramSample>,
        mut value: impl FnMut(usize, &mut BitReader<'_>) -> f64,
    ) {
        let mut bits = BitReader::new(stream);
        let (mut timestamp, mut distance, mut sum) = (self.first, 0_i64, Xor::default());
        for at in 0..self.count {
            if at > 0 {
                let change = TIME.read(&mut bits);
                distance = distance.wrapping_add(change.unwrap_or_else(|| bits.read(64) as i64));
                timestamp = timestamp.wrapping_add(distance);
            }
            let mut histogram = if bits.read(1) == 1 {
                Histogram::stale()
            } else {
                let sum = sum.read(&mut bits);
                let (count, zero_count) = (value(0, &mut bits), value(1, &mut bits));
                let mut place = 1;
                let histogram = layout.histogram(|| {
                    place += 1;
                    value(place, &mut bits)
                });
                Histogram { sum, count, zero_count, ..histogram }
            };
            if timestamp > to || bits.overrun() {
                return;
            }
            if at > 0 && histogram.reset == CounterReset::Unknown && !histogram.is_stale() {
                histogram.reset = CounterReset::NotReset;
            }
            if timestamp >= from {
                samples.push(HistogramSample { timestamp, histogram: Arc::new(histogram) });
            }
        }
    }
}
