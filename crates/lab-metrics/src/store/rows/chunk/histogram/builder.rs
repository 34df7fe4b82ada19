//! The open chunk of a series of histograms.

use std::sync::Arc;

use lab_histogram::{CounterReset, Histogram};

use crate::model::histogram_sample::HistogramSample;
use crate::store::rows::chunk::bits::BitWriter;
use crate::store::rows::chunk::decimal::{Decimal, units};
use crate::store::rows::chunk::format::{FLOAT_COUNTS, HEADER, MAX_SAMPLES, WHOLE_COUNTS};
use crate::store::rows::chunk::histogram::layout::{Fit, Layout};
use crate::store::rows::chunk::histogram::reader::HistogramReader;
use crate::store::rows::chunk::steps::TIME;
use crate::store::rows::chunk::xor::Xor;

/// Bytes after which a chunk is sealed, unless it has very few histograms.
const MAX_BYTES: usize = 8 << 10;
const FEW: u16 = 8;

/// A chunk of histograms in the making.
#[derive(Clone, Debug)]
pub(crate) struct HistogramBuilder {
    bits: BitWriter,
    layout: Layout,
    /// Count and zero count, then the buckets.
    counts: Vec<Values>,
    sum: Xor,
    first: i64,
    last: HistogramSample,
    distance: i64,
    count: u16,
}

#[derive(Clone, Debug)]
enum Values {
    Whole(Decimal),
    Float(Xor),
}

impl HistogramBuilder {
    /// A chunk that begins with this histogram.
    pub(crate) fn new(sample: HistogramSample) -> Self {
        let layout = Layout::of(&sample.histogram);
        Self::with_layout(layout, has_whole_counts(&sample.histogram), sample)
    }

    /// Chunks with these histograms, which must be in order of time.
    pub(crate) fn from_samples(samples: &[HistogramSample]) -> Vec<Self> {
        let mut chunks: Vec<Self> = Vec::new();
        for sample in samples {
            let is_taken = chunks.last_mut().is_some_and(|open| open.push(sample));
            if !is_taken {
                chunks.push(Self::new(sample.clone()));
            }
        }
        chunks
    }

    /// Appends a histogram that is later than the last one; false if it needs a chunk of its own: this one is full, or
    /// its buckets are others, or the counter was reset.
    pub(crate) fn push(&mut self, sample: &HistogramSample) -> bool {
        let histogram = &*sample.histogram;
        let is_full = self.count >= MAX_SAMPLES || (self.bits.bytes().len() >= MAX_BYTES && self.count >= FEW);
        // A staleness marker has no buckets; behind it nothing can be said about a reset.
        if is_full || self.last.histogram.is_stale() {
            return false;
        }
        if !histogram.is_stale() {
            let is_reset = histogram.reset == CounterReset::Reset
                || (!self.layout.is_gauge() && is_less(histogram, &self.last.histogram));
            if is_reset || (self.is_whole() && !has_whole_counts(histogram)) {
                return false;
            }
            match self.layout.fit(histogram) {
                Fit::Fits => {}
                Fit::Wider => self.widen(histogram),
                Fit::Other => return false,
            }
        }
        self.push_fitting(sample.clone());
        true
    }

    /// The chunk's bytes as they are now.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bits.bytes()
    }

    /// Timestamp of the first histogram.
    pub(crate) fn first(&self) -> i64 {
        self.first
    }

    /// The last histogram.
    pub(crate) fn last(&self) -> &HistogramSample {
        &self.last
    }

    /// How many histograms there are.
    pub(crate) fn count(&self) -> u16 {
        self.count
    }

    fn with_layout(layout: Layout, is_whole: bool, sample: HistogramSample) -> Self {
        let mut header = vec![0, 0, if is_whole { WHOLE_COUNTS } else { FLOAT_COUNTS }];
        header.extend_from_slice(&sample.timestamp.to_be_bytes());
        debug_assert_eq!(header.len(), HEADER);
        header.extend(layout.write());
        let values = if is_whole { Values::Whole(Decimal::default()) } else { Values::Float(Xor::default()) };
        let mut builder = Self {
            bits: BitWriter::after(header),
            counts: vec![values; layout.buckets() + 2],
            layout,
            sum: Xor::default(),
            first: sample.timestamp,
            last: sample.clone(),
            distance: 0,
            count: 0,
        };
        builder.push_value(sample);
        builder
    }

    fn is_whole(&self) -> bool {
        matches!(self.counts.first(), Some(Values::Whole(_)))
    }

    fn push_value(&mut self, sample: HistogramSample) {
        let histogram = &sample.histogram;
        self.bits.write(u64::from(histogram.is_stale()), 1);
        if !histogram.is_stale() {
            self.sum.write(&mut self.bits, histogram.sum);
            let totals = [histogram.count, histogram.zero_count].into_iter();
            for (values, count) in self.counts.iter_mut().zip(totals.chain(self.layout.counts(histogram))) {
                match values {
                    Values::Whole(values) => values.write(&mut self.bits, count),
                    Values::Float(values) => values.write(&mut self.bits, count),
                }
            }
        }
        self.count += 1;
        self.last = sample;
        let count = self.count.to_be_bytes();
        self.bits.bytes_mut()[..2].copy_from_slice(&count);
    }

    /// Adds a histogram whose buckets have room.
    fn push_fitting(&mut self, sample: HistogramSample) {
        let distance = sample.timestamp.wrapping_sub(self.last.timestamp);
        let change = distance.wrapping_sub(self.distance);
        if !TIME.write(&mut self.bits, change) {
            self.bits.write(change as u64, 64);
        }
        self.distance = distance;
        self.push_value(sample);
    }

    /// Writes the same histograms with room for the buckets of another one.
    fn widen(&mut self, histogram: &Histogram) {
        let mut samples = Vec::with_capacity(usize::from(self.count));
        HistogramReader::new(self.bits.bytes()).read_into(i64::MIN, i64::MAX, &mut samples);
        let (layout, is_whole) = (self.layout.widened(histogram), self.is_whole());
        let Some((first, rest)) = samples.split_first() else { return };
        let mut wider = Self::with_layout(layout, is_whole, first.clone());
        for sample in rest {
            wider.push_fitting(sample.clone());
        }
        *self = wider;
    }
}

/// Whether a counter was reset, by its counts alone.
fn is_less(now: &Histogram, before: &Arc<Histogram>) -> bool {
    let now = Histogram { reset: CounterReset::Unknown, ..now.clone() };
    now.is_reset_since(before)
}

fn has_whole_counts(histogram: &Histogram) -> bool {
    let totals = [histogram.count, histogram.zero_count].into_iter();
    let buckets = histogram.positive.counts().iter().chain(histogram.negative.counts()).copied();
    totals.chain(buckets).all(|count| units(count, 0).is_some())
}
