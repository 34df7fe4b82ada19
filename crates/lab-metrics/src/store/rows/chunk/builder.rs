//! The open chunk of a series: samples go in, in order of time; its bytes can be read at any moment.

use lab_model::Sample;
use lab_model::value::is_stale;

use crate::store::rows::chunk::bits::BitWriter;
use crate::store::rows::chunk::decimal::{Decimal, MOST_PLACES, places_of, units};
use crate::store::rows::chunk::format::{Coding, HEADER, MAX_BYTES, MAX_SAMPLES};
use crate::store::rows::chunk::reader::ChunkReader;
use crate::store::rows::chunk::steps::TIME;
use crate::store::rows::chunk::xor::Xor;

/// Values with too many decimal places that a chunk bears before it is written anew in another coding.
const PATIENCE: u16 = 4;

/// A chunk in the making.
#[derive(Clone, Debug)]
pub(crate) struct ChunkBuilder {
    bits: BitWriter,
    coding: Coding,
    values: Values,
    count: u16,
    /// Values with more decimal places than the coding has, but for staleness markers.
    misfits: u16,
    first: i64,
    last: Sample,
    distance: i64,
}

#[derive(Clone, Debug)]
enum Values {
    Decimal(Decimal),
    Xor(Xor),
}

impl ChunkBuilder {
    /// A chunk that begins with `sample`; `hint` says what suited the chunk before it.
    pub(crate) fn new(sample: Sample, hint: Coding) -> Self {
        let coding = match hint {
            Coding::Decimal(least) if !is_stale(sample.value) => {
                places_of(sample.value, least).map_or(Coding::Xor, Coding::Decimal)
            }
            hint => hint,
        };
        Self::with_coding(sample, coding)
    }

    /// A chunk with these samples, which must be in order of time; `None` if there are none.
    pub(crate) fn from_samples(samples: &[Sample]) -> Option<Self> {
        let (first, rest) = samples.split_first()?;
        let mut builder = Self::new(*first, Coding::WHOLE);
        for sample in rest {
            builder.push(*sample);
        }
        Some(builder)
    }

    /// Appends a sample that is later than the last one.
    pub(crate) fn push(&mut self, sample: Sample) {
        self.append(sample);
        if let Coding::Decimal(places) = self.coding
            && self.misfits > PATIENCE
            && self.misfits > self.count / 8
        {
            self.rewrite(places + 1);
        }
    }

    /// Appends it in the coding that there is.
    fn append(&mut self, sample: Sample) {
        let distance = sample.timestamp.wrapping_sub(self.last.timestamp);
        let change = distance.wrapping_sub(self.distance);
        if !TIME.write(&mut self.bits, change) {
            self.bits.write(change as u64, 64);
        }
        self.distance = distance;
        self.push_value(sample);
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
        match self.coding {
            Coding::Decimal(_) => self.coding,
            // The next chunk finds out whether the last value is like those to come.
            Coding::Xor => places_of(self.last.value, 0).map_or(Coding::Xor, Coding::Decimal),
        }
    }

    fn with_coding(sample: Sample, coding: Coding) -> Self {
        let mut header = Vec::with_capacity(64);
        header.extend_from_slice(&[0, 0, coding.byte()]);
        header.extend_from_slice(&sample.timestamp.to_be_bytes());
        debug_assert_eq!(header.len(), HEADER);
        let values = match coding {
            Coding::Decimal(places) => Values::Decimal(Decimal::of(places)),
            Coding::Xor => Values::Xor(Xor::default()),
        };
        let bits = BitWriter::after(header);
        let mut builder =
            Self { bits, coding, values, count: 0, misfits: 0, first: sample.timestamp, last: sample, distance: 0 };
        builder.push_value(sample);
        builder
    }

    fn push_value(&mut self, sample: Sample) {
        match &mut self.values {
            Values::Decimal(values) => values.write(&mut self.bits, sample.value),
            Values::Xor(values) => values.write(&mut self.bits, sample.value),
        }
        if let Coding::Decimal(places) = self.coding {
            self.misfits += u16::from(units(sample.value, places).is_none() && !is_stale(sample.value));
        }
        self.count += 1;
        self.last = sample;
        let count = self.count.to_be_bytes();
        self.bits.bytes_mut()[..2].copy_from_slice(&count);
    }

    /// Writes the same samples anew: with the fewest decimal places, from `least` on, that fit nearly all of them, or in xor
    /// coding if that is shorter.
    fn rewrite(&mut self, least: u8) {
        let mut samples = Vec::with_capacity(usize::from(self.count));
        ChunkReader::new(self.bits.bytes()).read_into(i64::MIN, i64::MAX, &mut samples);
        let misfits = |places: u8| {
            let is_misfit = |sample: &&Sample| units(sample.value, places).is_none() && !is_stale(sample.value);
            samples.iter().filter(is_misfit).count()
        };
        let places = (least..=MOST_PLACES).find(|places| misfits(*places) <= samples.len() / 8);
        let anew = [Some(Coding::Xor), places.map(Coding::Decimal)].into_iter().flatten().filter_map(|coding| {
            let (first, rest) = samples.split_first()?;
            let mut builder = Self::with_coding(*first, coding);
            for sample in rest {
                builder.append(*sample);
            }
            Some(builder)
        });
        if let Some(shortest) = anew.min_by_key(|builder| builder.bytes().len()) {
            *self = shortest;
        }
    }
}
