//! The open chunk of a series: samples go in, in order of time; its bytes can be read at any moment.

use lab_model::Sample;
use lab_model::value::is_stale;

use crate::store::rows::chunk::bits::BitWriter;
use crate::store::rows::chunk::format::{Coding, HEADER, MAX_BYTES, MAX_SAMPLES};
use crate::store::rows::chunk::integer::{Integer, whole};
use crate::store::rows::chunk::reader::ChunkReader;
use crate::store::rows::chunk::steps::TIME;
use crate::store::rows::chunk::xor::Xor;

/// Fractions that an integer chunk bears before it is written anew in xor coding.
const PATIENCE: u16 = 4;

/// A chunk in the making.
#[derive(Clone, Debug)]
pub(crate) struct ChunkBuilder {
    bits: BitWriter,
    values: Values,
    count: u16,
    /// Values that were neither whole numbers nor staleness markers.
    fractions: u16,
    first: i64,
    last: Sample,
    distance: i64,
}

#[derive(Clone, Debug)]
enum Values {
    Integer(Integer),
    Xor(Xor),
}

impl ChunkBuilder {
    /// A chunk that begins with `sample`; `hint` says what suited the chunk before it.
    pub(crate) fn new(sample: Sample, hint: Coding) -> Self {
        let coding = if whole(sample.value).is_some() || is_stale(sample.value) { hint } else { Coding::Xor };
        Self::with_coding(sample, coding)
    }

    /// A chunk with these samples, which must be in order of time; `None` if there are none.
    pub(crate) fn from_samples(samples: &[Sample]) -> Option<Self> {
        let (first, rest) = samples.split_first()?;
        let mut builder = Self::new(*first, Coding::Integer);
        for sample in rest {
            builder.push(*sample);
        }
        Some(builder)
    }

    /// Appends a sample that is later than the last one.
    pub(crate) fn push(&mut self, sample: Sample) {
        let distance = sample.timestamp.wrapping_sub(self.last.timestamp);
        let change = distance.wrapping_sub(self.distance);
        if !TIME.write(&mut self.bits, change) {
            self.bits.write(change as u64, 64);
        }
        self.distance = distance;
        self.push_value(sample);
        if matches!(self.values, Values::Integer(_)) && self.fractions > PATIENCE && self.fractions > self.count / 8 {
            self.rewrite();
        }
    }

    /// True if the next sample should begin a new chunk.
    pub(crate) fn is_full(&self) -> bool {
        self.count >= MAX_SAMPLES || self.bits.bytes().len() >= MAX_BYTES
    }

    /// The chunk's bytes as they are now.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bits.bytes()
    }

    /// Timestamp of the first sample.
    pub(crate) fn first(&self) -> i64 {
        self.first
    }

    /// The last sample.
    pub(crate) fn last(&self) -> Sample {
        self.last
    }

    /// How many samples there are.
    pub(crate) fn count(&self) -> u16 {
        self.count
    }

    /// What would have suited the samples seen so far.
    pub(crate) fn hint(&self) -> Coding {
        if self.fractions > self.count / 8 { Coding::Xor } else { Coding::Integer }
    }

    fn with_coding(sample: Sample, coding: Coding) -> Self {
        let mut header = Vec::with_capacity(64);
        header.extend_from_slice(&[0, 0, u8::from(coding == Coding::Xor)]);
        header.extend_from_slice(&sample.timestamp.to_be_bytes());
        debug_assert_eq!(header.len(), HEADER);
        let values = match coding {
            Coding::Integer => Values::Integer(Integer::default()),
            Coding::Xor => Values::Xor(Xor::default()),
        };
        let bits = BitWriter::after(header);
        let mut builder =
            Self { bits, values, count: 0, fractions: 0, first: sample.timestamp, last: sample, distance: 0 };
        builder.push_value(sample);
        builder
    }

    fn push_value(&mut self, sample: Sample) {
        match &mut self.values {
            Values::Integer(values) => values.write(&mut self.bits, sample.value),
            Values::Xor(values) => values.write(&mut self.bits, sample.value),
        }
        self.fractions += u16::from(whole(sample.value).is_none() && !is_stale(sample.value));
        self.count += 1;
        self.last = sample;
        let count = self.count.to_be_bytes();
        self.bits.bytes_mut()[..2].copy_from_slice(&count);
    }

    /// Writes the same samples in xor coding.
    fn rewrite(&mut self) {
        let mut samples = Vec::with_capacity(usize::from(self.count));
        ChunkReader::new(self.bits.bytes()).read_into(i64::MIN, i64::MAX, &mut samples);
        if let Some((first, rest)) = samples.split_first() {
            *self = Self::with_coding(*first, Coding::Xor);
            for sample in rest {
                self.push(*sample);
            }
        }
    }
}
