//! The open chunk of a series: of numbers or of native histograms.

use crate::store::rows::chunk::builder::ChunkBuilder;
use crate::store::rows::chunk::histogram::builder::HistogramBuilder;

/// A chunk that samples in order go to.
#[derive(Debug)]
pub(crate) enum OpenChunk {
    /// Its samples are numbers.
    Floats(ChunkBuilder),
    /// Its samples are native histograms; boxed, because few series have any.
    Histograms(Box<HistogramBuilder>),
}

impl OpenChunk {
    /// The chunk's bytes as they are now.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Floats(chunk) => chunk.bytes(),
            Self::Histograms(chunk) => chunk.bytes(),
        }
    }

    /// Timestamp of the first sample.
    pub(crate) fn first(&self) -> i64 {
        match self {
            Self::Floats(chunk) => chunk.first(),
            Self::Histograms(chunk) => chunk.first(),
        }
    }

    /// Timestamp of the last sample.
    pub(crate) fn last(&self) -> i64 {
        match self {
            Self::Floats(chunk) => chunk.last().timestamp,
            Self::Histograms(chunk) => chunk.last().timestamp,
        }
    }

    /// How many samples there are.
    pub(crate) fn count(&self) -> u16 {
        match self {
            Self::Floats(chunk) => chunk.count(),
            Self::Histograms(chunk) => chunk.count(),
        }
    }
}
