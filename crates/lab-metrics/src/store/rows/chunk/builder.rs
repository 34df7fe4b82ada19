//! The open chunk of a series: samples go in, in order of time; its bytes can be read at any moment.

use lab_model::Sample;
use lab_model::value::is_stale;

use crate::store::rows::chunk::bits::{BitReader, BitWriter};
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

impl Values {
    /// What writer and reader remember before the first value.
    fn of(coding: Coding) -> Self {
        match coding {
            Coding::Decimal(places) => Self::Decimal(Decimal::of(places)),
            Coding::Xor => Self::Xor(Xor::default()),
        }
    }

    fn write(&mut self, bits: &mut BitWriter, value: f64) {
        match self {
            Self::Decimal(values) => values.write(bits, value),
            Self::Xor(values) => values.write(bits, value),
        }
    }

    #[inline]
    fn read(&mut self, bits: &mut BitReader<'_>) -> f64 {
        match self {
            Self::Decimal(values) => values.read(bits),
            Self::Xor(values) => values.read(bits),
        }
    }
}

/// Whether a value has more decimal places than the coding.
fn is_misfit(value: f64, coding: Coding) -> bool {
    matches!(coding, Coding::Decimal(places) if units(value, places).is_none() && !is_stale(value))
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

    /// The chunk that has these bytes, to which more samples can be appended; `None` if they hold no numbers, or not all that
    /// they claim.
    pub(crate) fn resume(bytes: &[u8]) -> Option<Self> {
        let chunk = ChunkReader::new(bytes);
        let (coding, first) = (Coding::of(chunk.codec())?, chunk.first());
        let mut values = Values::of(coding);
        let (mut last, mut distance, mut misfits) = (Sample { timestamp: first, value: 0.0 }, 0, 0);
        let end = chunk.walk(
            |bits| values.read(bits),
            |sample| {
                distance = sample.timestamp.wrapping_sub(last.timestamp);
                misfits += u16::from(is_misfit(sample.value, coding));
                last = sample;
                true
            },
        )?;
        let bits = BitWriter::resume(bytes.to_vec(), HEADER * 8 + end);
        let count = chunk.count();
        (count > 0).then_some(Self { bits, coding, values, count, misfits, first, last, distance })
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
        let (bits, values) = (BitWriter::after(header), Values::of(coding));
        let mut builder =
            Self { bits, coding, values, count: 0, misfits: 0, first: sample.timestamp, last: sample, distance: 0 };
        builder.push_value(sample);
        builder
    }

    fn push_value(&mut self, sample: Sample) {
        self.values.write(&mut self.bits, sample.value);
        self.misfits += u16::from(is_misfit(sample.value, self.coding));
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
        let misfits =
            |places: u8| samples.iter().filter(|sample| is_misfit(sample.value, Coding::Decimal(places))).count();
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
