//! One series in memory: its open chunk, what came late, and its newest sealed chunks.

use std::collections::VecDeque;
use std::sync::Arc;

use lab_histogram::Histogram;
use lab_model::{Labels, Sample};
use parking_lot::{Mutex, MutexGuard};

use crate::model::histogram_sample::HistogramSample;
use crate::store::buffer::exemplars::ExemplarRing;
use crate::store::buffer::open::OpenChunk;
use crate::store::rows::chunk::builder::ChunkBuilder;
use crate::store::rows::chunk::format::{Coding, MAX_SAMPLES};
use crate::store::rows::chunk::histogram::builder::HistogramBuilder;
use crate::store::rows::chunk::histogram::reader::HistogramReader;
use crate::store::rows::chunk::reader::ChunkReader;

/// Number of a series, never used again within a database.
pub(crate) type SeriesId = i64;
/// Number of a sealed chunk, in order of sealing over all series.
pub(crate) type ChunkId = i64;

/// Bytes of a sample as it arrives: a time and a value.
pub(crate) const SAMPLE_BYTES: u64 = 16;

/// A series. What never changes is free to read, the rest stands behind a lock.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) id: SeriesId,
    pub(crate) labels: Labels,
    state: Mutex<SeriesState>,
}

impl Series {
    /// A series in a certain state.
    pub(crate) fn new(id: SeriesId, labels: Labels, state: SeriesState) -> Arc<Self> {
        Arc::new(Self { id, labels, state: Mutex::new(state) })
    }

    /// The state, for a short section.
    pub(crate) fn state(&self) -> MutexGuard<'_, SeriesState> {
        self.state.lock()
    }
}

/// A chunk that changes no more.
#[derive(Clone, Debug)]
pub(crate) struct SealedChunk {
    pub(crate) id: ChunkId,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) bytes: Arc<[u8]>,
    /// True once it is on disk.
    pub(crate) stored: bool,
}

/// What changes about a series.
#[derive(Debug, Default)]
pub(crate) struct SeriesState {
    /// The chunk that in-order samples go to.
    pub(crate) open: Option<OpenChunk>,
    /// Samples that came out of order, sorted, each timestamp once; sealed as a chunk of their own when
    /// there are enough, so chunks may overlap in time.
    pub(crate) late: Vec<Sample>,
    /// The newest sealed chunks, by id; chunks before them are on disk only.
    pub(crate) sealed: VecDeque<SealedChunk>,
    /// Newest timestamp of chunks that are on disk only.
    pub(crate) disk_until: Option<i64>,
    /// Oldest timestamp of all samples, as far as known.
    pub(crate) oldest: Option<i64>,
    /// Timestamp of the newest in-order sample.
    pub(crate) newest: Option<i64>,
    pub(crate) exemplars: ExemplarRing,
    /// Samples that were taken since the last commit began.
    pub(crate) waiting: u64,
    /// True if something changed since the last commit; the series then stands on the list for the next.
    pub(crate) dirty: bool,
    /// True if the series has a row on disk.
    pub(crate) stored: bool,
    /// True if the series was removed from the index; it takes no more samples.
    pub(crate) removed: bool,
}

impl SeriesState {
    /// True if the series has a row on disk and keeps it.
    pub(crate) fn has_row(&self) -> bool {
        self.stored && !self.removed
    }

    /// Newest timestamp of all samples.
    pub(crate) fn last_timestamp(&self) -> Option<i64> {
        self.newest
    }

    /// The value of the newest in-order sample; NaN where that is a histogram, or no longer in memory.
    pub(crate) fn newest_value(&self) -> f64 {
        match (&self.open, self.newest) {
            (Some(OpenChunk::Floats(open)), _) => open.last().value,
            (_, Some(newest)) => self.value_at(newest).unwrap_or(f64::NAN),
            (_, None) => f64::NAN,
        }
    }

    /// Samples that memory alone holds: those of the open chunk, late ones, and full chunks that are not on disk.
    pub(crate) fn unstored_samples(&self) -> u64 {
        let sealed = self.sealed.iter().filter(|chunk| !chunk.stored);
        let sealed: u64 = sealed.map(|chunk| u64::from(ChunkReader::new(&chunk.bytes).count())).sum();
        self.open.as_ref().map_or(0, |open| u64::from(open.count())) + self.late.len() as u64 + sealed
    }

    /// True if there may be samples with `start <= timestamp <= end`.
    pub(crate) fn overlaps(&self, start: i64, end: i64) -> bool {
        self.oldest.is_some_and(|oldest| oldest <= end) && self.last_timestamp().is_some_and(|last| last >= start)
    }

    /// Adds a chunk that was just sealed.
    pub(crate) fn seal(&mut self, id: ChunkId, chunk: &OpenChunk) -> usize {
        let bytes: Arc<[u8]> = chunk.bytes().into();
        let size = bytes.len();
        let (first, last) = (chunk.first(), chunk.last());
        self.sealed.push_back(SealedChunk { id, first, last, bytes, stored: false });
        size
    }

    /// Forgets the oldest sealed chunk, unless it is nowhere else. Answers its bytes.
    pub(crate) fn evict_oldest(&mut self) -> Option<usize> {
        if self.sealed.front().is_some_and(|chunk| !chunk.stored) {
            return None;
        }
        let Some(chunk) = self.sealed.pop_front() else { return Some(0) };
        self.disk_until = self.disk_until.max(Some(chunk.last));
        Some(chunk.bytes.len())
    }

    /// Decodes an open chunk that is as the disk has it.
    fn thaw(&mut self) {
        if let Some(OpenChunk::Frozen(_)) = self.open {
            self.open = self.open.take().map(OpenChunk::thaw);
        }
    }

    /// Adds a sample that is newer than all others; answers the size of a chunk that was sealed by it.
    pub(crate) fn push(&mut self, sample: Sample, next_id: impl FnOnce() -> ChunkId) -> Option<usize> {
        self.thaw();
        self.newest = Some(sample.timestamp);
        if self.oldest.is_none_or(|oldest| sample.timestamp < oldest) {
            self.oldest = Some(sample.timestamp);
        }
        let hint = match &mut self.open {
            Some(OpenChunk::Floats(open)) if !open.is_full() => {
                open.push(sample);
                return None;
            }
            Some(OpenChunk::Floats(full)) => full.hint(),
            _ => Coding::WHOLE,
        };
        let full = self.open.replace(OpenChunk::Floats(ChunkBuilder::new(sample, hint)));
        full.map(|full| self.seal(next_id(), &full))
    }

    /// The same for a histogram.
    pub(crate) fn push_histogram(
        &mut self,
        sample: HistogramSample,
        next_id: impl FnOnce() -> ChunkId,
    ) -> Option<usize> {
        let timestamp = sample.timestamp;
        self.thaw();
        self.newest = Some(timestamp);
        if self.oldest.is_none_or(|oldest| timestamp < oldest) {
            self.oldest = Some(timestamp);
        }
        if let Some(OpenChunk::Histograms(open)) = &mut self.open
            && open.push(&sample)
        {
            return None;
        }
        let full = self.open.replace(OpenChunk::Histograms(Box::new(HistogramBuilder::new(sample))));
        full.map(|full| self.seal(next_id(), &full))
    }

    /// Adds a histogram before the end of the series. It gets a chunk of its own: this is rare.
    pub(crate) fn insert_late_histogram(&mut self, sample: HistogramSample, id: ChunkId) -> usize {
        self.oldest = self.oldest.map(|oldest| oldest.min(sample.timestamp));
        self.seal(id, &OpenChunk::Histograms(Box::new(HistogramBuilder::new(sample))))
    }

    /// The histogram at an instant, as far as memory knows.
    pub(crate) fn histogram_at(&self, timestamp: i64) -> Option<Arc<Histogram>> {
        let mut found = Vec::new();
        for bytes in self.chunks_at(timestamp) {
            HistogramReader::new(bytes).read_into(timestamp, timestamp, &mut found);
        }
        found.pop().map(|sample| sample.histogram)
    }

    /// The bytes of the chunks in memory that may reach over an instant, the newest first.
    fn chunks_at(&self, timestamp: i64) -> impl Iterator<Item = &[u8]> {
        let open = self.open.iter().filter(move |open| open.first() <= timestamp).map(OpenChunk::bytes);
        let sealed = self.sealed.iter().rev().filter(move |chunk| (chunk.first..=chunk.last).contains(&timestamp));
        open.chain(sealed.map(|chunk| &*chunk.bytes))
    }

    /// Adds a sample before the end of the series; answers the size of a chunk that was sealed by it.
    pub(crate) fn insert_late(&mut self, sample: Sample, next_id: impl FnOnce() -> ChunkId) -> Option<usize> {
        self.oldest = self.oldest.map(|oldest| oldest.min(sample.timestamp));
        let at = self.late.partition_point(|late| late.timestamp < sample.timestamp);
        self.late.insert(at, sample);
        if self.late.len() < usize::from(MAX_SAMPLES) {
            return None;
        }
        let late = std::mem::take(&mut self.late);
        ChunkBuilder::from_samples(&late).map(|chunk| self.seal(next_id(), &OpenChunk::Floats(chunk)))
    }

    /// The value at an instant, as far as memory knows.
    pub(crate) fn value_at(&self, timestamp: i64) -> Option<f64> {
        if let Ok(at) = self.late.binary_search_by_key(&timestamp, |late| late.timestamp) {
            return Some(self.late[at].value);
        }
        let mut found = Vec::new();
        for bytes in self.chunks_at(timestamp) {
            ChunkReader::new(bytes).read_into(timestamp, timestamp, &mut found);
            if let Some(sample) = found.first() {
                return Some(sample.value);
            }
        }
        None
    }
}
