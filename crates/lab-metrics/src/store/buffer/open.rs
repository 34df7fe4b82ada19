//! The open chunk of a series: of numbers or of native histograms.

use crate::store::rows::chunk::builder::ChunkBuilder;
use crate::store::rows::chunk::histogram::builder::HistogramBuilder;
use crate::store::rows::chunk::histogram::reader::HistogramReader;
use crate::store::rows::chunk::reader::ChunkReader;

/// A chunk that samples in order go to.
#[derive(Debug)]
pub(crate) enum OpenChunk {
    /// Its samples are numbers.
    Floats(ChunkBuilder),
    /// Its samples are native histograms; boxed, because few series have any.
    Histograms(Box<HistogramBuilder>),
    /// Nothing came since the start: the chunk is as the disk has it, and was not decoded.
    Frozen(FrozenChunk),
}

/// A chunk as it was at one moment.
#[derive(Clone, Debug)]
pub(crate) struct FrozenChunk {
    pub(crate) bytes: Box<[u8]>,
    /// Timestamps of the first and the last sample.
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) count: u16,
}

impl FrozenChunk {
    /// The samples in these bytes as a chunk; `None` if there are none. Where not all that the bytes claim can be read, the
    /// chunk has what can.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut samples = Vec::new();
        ChunkReader::new(bytes).read_into(i64::MIN, i64::MAX, &mut samples);
        ChunkBuilder::from_samples(&samples).as_ref().map(Self::from)
    }
}

impl From<&ChunkBuilder> for FrozenChunk {
    fn from(chunk: &ChunkBuilder) -> Self {
        Self { bytes: chunk.bytes().into(), first: chunk.first(), last: chunk.last().timestamp, count: chunk.count() }
    }
}

impl OpenChunk {
    /// The chunk as it is now.
    pub(crate) fn freeze(&self) -> FrozenChunk {
        FrozenChunk { bytes: self.bytes().into(), first: self.first(), last: self.last(), count: self.count() }
    }

    /// Makes it one that can be appended to. A chunk that cannot be decoded stays frozen.
    pub(crate) fn thaw(self) -> Self {
        let Self::Frozen(frozen) = &self else { return self };
        if let Some(chunk) = ChunkBuilder::resume(&frozen.bytes) {
            return Self::Floats(chunk);
        }
        let mut histograms = Vec::new();
        HistogramReader::new(&frozen.bytes).read_into(i64::MIN, i64::MAX, &mut histograms);
        match <[_; 1]>::try_from(HistogramBuilder::from_samples(&histograms)) {
            Ok([chunk]) if chunk.count() == frozen.count => Self::Histograms(Box::new(chunk)),
            _ => self,
        }
    }

    /// The chunk's bytes as they are now.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Floats(chunk) => chunk.bytes(),
            Self::Histograms(chunk) => chunk.bytes(),
            Self::Frozen(chunk) => &chunk.bytes,
        }
    }

    /// Timestamp of the first sample.
    pub(crate) fn first(&self) -> i64 {
        match self {
            Self::Floats(chunk) => chunk.first(),
            Self::Histograms(chunk) => chunk.first(),
            Self::Frozen(chunk) => chunk.first,
        }
    }

    /// Timestamp of the last sample.
    pub(crate) fn last(&self) -> i64 {
        match self {
            Self::Floats(chunk) => chunk.last().timestamp,
            Self::Histograms(chunk) => chunk.last().timestamp,
            Self::Frozen(chunk) => chunk.last,
        }
    }

    /// How many samples there are.
    pub(crate) fn count(&self) -> u16 {
        match self {
            Self::Floats(chunk) => chunk.count(),
            Self::Histograms(chunk) => chunk.count(),
            Self::Frozen(chunk) => chunk.count,
        }
    }
}
