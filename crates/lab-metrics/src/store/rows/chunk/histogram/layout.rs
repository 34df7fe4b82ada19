//! What all histograms of a chunk have in common: where their buckets are, and whether they are counters.
//!
//! ```text
//! length     u16, big endian: bytes of the fields that follow
//! fields     schema, flags, zero threshold, custom bounds, spans of the positive and of the negative side
//! ```

use std::sync::Arc;

use lab_histogram::{Buckets, CUSTOM_SCHEMA, CounterReset, Histogram, Schema, SpanError};
use lab_storage::{FieldReader, FieldWriter, Undecodable};

/// More buckets than a histogram has are no layout but damage.
const MOST_BUCKETS: u64 = 1 << 20;

/// What all histograms of a chunk have in common.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    schema: Schema,
    zero_threshold: f64,
    is_gauge: bool,
    positive: Vec<i32>,
    negative: Vec<i32>,
}

/// A histogram does not fit the layout of the chunk before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It has no bucket that the layout lacks.
    Fits,
    /// It fits once the layout has more buckets.
    Wider,
    /// It needs a chunk of its own.
    Other,
}

impl Layout {
    /// The layout of one histogram.
    pub(crate) fn of(histogram: &Histogram) -> Self {
        Self {
            schema: histogram.schema.clone(),
            zero_threshold: histogram.zero_threshold,
            is_gauge: histogram.reset == CounterReset::Gauge,
            positive: indexes(&histogram.positive),
            negative: indexes(&histogram.negative),
        }
    }

    /// Whether a histogram can be written with this layout.
    pub(crate) fn fit(&self, histogram: &Histogram) -> Fit {
        let is_gauge = histogram.reset == CounterReset::Gauge;
        if self.schema != histogram.schema
            || self.zero_threshold.to_bits() != histogram.zero_threshold.to_bits()
            || self.is_gauge != is_gauge
        {
            return Fit::Other;
        }
        let has_all = |known: &[i32], buckets: &Buckets| {
            let mut known = known.iter();
            buckets.iter().all(|(index, _)| known.any(|at| *at == index))
        };
        let fits = has_all(&self.positive, &histogram.positive) && has_all(&self.negative, &histogram.negative);
        if fits { Fit::Fits } else { Fit::Wider }
    }

    /// The layout with the buckets of a histogram, too.
    pub(crate) fn widened(&self, histogram: &Histogram) -> Self {
        let union = |known: &[i32], buckets: &Buckets| {
            let mut all: Vec<i32> = known.iter().copied().chain(buckets.iter().map(|(index, _)| index)).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        Self {
            positive: union(&self.positive, &histogram.positive),
            negative: union(&self.negative, &histogram.negative),
            ..self.clone()
        }
    }

    /// How many buckets there are.
    pub(crate) fn buckets(&self) -> usize {
        self.positive.len() + self.negative.len()
    }

    /// The counts of a histogram that fits, in the order of the layout; zero where it has no bucket.
    pub(crate) fn counts<'a>(&'a self, histogram: &'a Histogram) -> impl Iterator<Item = f64> + 'a {
        let of = |indexes: &'a [i32], buckets: &'a Buckets| {
            let mut present = buckets.iter().peekable();
            indexes.iter().map(move |index| present.next_if(|(at, _)| at == index).map_or(0.0, |(_, count)| count))
        };
        of(&self.positive, &histogram.positive).chain(of(&self.negative, &histogram.negative))
    }

    /// A histogram with this layout; `count` gives the next number of a bucket. Empty buckets are left out.
    pub(crate) fn histogram(&self, mut count: impl FnMut() -> f64) -> Histogram {
        let mut side = |indexes: &[i32]| {
            let pairs: Vec<(i32, f64)> = indexes.iter().map(|index| (*index, count())).collect();
            Buckets::from_pairs(pairs.into_iter().filter(|(_, count)| *count != 0.0))
        };
        let (positive, negative) = (side(&self.positive), side(&self.negative));
        let reset = if self.is_gauge { CounterReset::Gauge } else { CounterReset::Unknown };
        Histogram {
            zero_threshold: self.zero_threshold,
            positive,
            negative,
            reset,
            ..Histogram::empty(self.schema.clone())
        }
    }

    /// Whether the histograms are gauges.
    pub(crate) fn is_gauge(&self) -> bool {
        self.is_gauge
    }

    /// The layout as bytes, behind their number.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut fields = FieldWriter::default();
        fields.number(zigzag(self.schema.number()));
        fields.number(u64::from(self.is_gauge));
        fields.word(self.zero_threshold.to_bits());
        let bounds = if let Schema::Custom(bounds) = &self.schema { bounds.to_vec() } else { Vec::new() };
        fields.number(bounds.len() as u64);
        for bound in &bounds {
            fields.word(bound.to_bits());
        }
        for indexes in [&self.positive, &self.negative] {
            let spans = Buckets::from_pairs(indexes.iter().map(|index| (*index, 1.0))).spans();
            fields.number(spans.len() as u64);
            for (offset, length) in spans {
                fields.number(zigzag(offset));
                fields.number(u64::from(length));
            }
        }
        let fields = fields.into_bytes();
        // A histogram is bounded where it comes in, and so is its layout.
        let length = u16::try_from(fields.len()).unwrap_or(u16::MAX);
        [&length.to_be_bytes()[..], &fields].concat()
    }

    /// Reads a layout; answers the bytes behind it, too.
    pub(crate) fn read(bytes: &[u8]) -> Result<(Self, &[u8]), Undecodable> {
        let (length, rest) = bytes.split_first_chunk::<2>().ok_or(Undecodable)?;
        let (fields, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or(Undecodable)?;
        let mut fields = FieldReader::new(fields);
        let number = unzigzag(fields.number()?)?;
        let is_gauge = fields.number()? == 1;
        let zero_threshold = f64::from_bits(fields.word()?);
        let bounds = (0..fields.number()?.min(MOST_BUCKETS)).map(|_| fields.word().map(f64::from_bits));
        let bounds: Vec<f64> = bounds.collect::<Result<_, _>>()?;
        let schema =
            if number == CUSTOM_SCHEMA { Schema::Custom(Arc::from(bounds)) } else { Schema::Exponential(number) };
        let positive = read_side(&mut fields)?;
        let negative = read_side(&mut fields)?;
        Ok((Self { schema, zero_threshold, is_gauge, positive, negative }, rest))
    }
}

fn indexes(buckets: &Buckets) -> Vec<i32> {
    buckets.iter().map(|(index, _)| index).collect()
}

fn read_side(fields: &mut FieldReader<'_>) -> Result<Vec<i32>, Undecodable> {
    let (mut spans, mut all) = (Vec::new(), 0);
    for _ in 0..fields.number()?.min(MOST_BUCKETS) {
        let (offset, length) = (unzigzag(fields.number()?)?, fields.number()?);
        all += length;
        if all > MOST_BUCKETS {
            return Err(Undecodable);
        }
        spans.push((offset, u32::try_from(length).map_err(|_| Undecodable)?));
    }
    let counts = vec![0.0; usize::try_from(all).map_err(|_| Undecodable)?];
    let buckets = Buckets::from_spans(&spans, counts).map_err(|_: SpanError| Undecodable)?;
    Ok(indexes(&buckets))
}

fn zigzag(number: i32) -> u64 {
    u64::from(((number << 1) ^ (number >> 31)).cast_unsigned())
}

fn unzigzag(folded: u64) -> Result<i32, Undecodable> {
    let folded = u32::try_from(folded).map_err(|_| Undecodable)?;
    Ok((folded >> 1).cast_signed() ^ -((folded & 1).cast_signed()))
}
