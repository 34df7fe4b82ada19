//! Which sealed chunks are in memory, so that their bytes stay within a bound.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::store::buffer::series::Series;

/// Sealed chunks in memory, in order of sealing over all series.
#[derive(Debug, Default)]
pub(crate) struct Resident(Mutex<Chunks>);

/// Chunks that went without ever having been on disk.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lost {
    pub(crate) samples: u64,
    pub(crate) bytes: usize,
}

#[derive(Debug, Default)]
struct Chunks {
    order: VecDeque<Arc<Series>>,
    bytes: usize,
}

impl Resident {
    /// Counts chunks that were sealed just now, by their sizes.
    pub(crate) fn push(&self, series: &Arc<Series>, sizes: &[usize]) {
        let mut chunks = self.0.lock();
        for bytes in sizes {
            chunks.order.push_back(series.clone());
            chunks.bytes += bytes;
        }
    }

    /// How many bytes there are.
    pub(crate) fn bytes(&self) -> usize {
        self.0.lock().bytes
    }

    /// Forgets the oldest chunks beyond the bound; answers what is lost, since it was on no disk.
    pub(crate) fn shrink_to(&self, bound: usize) -> Lost {
        let mut chunks = self.0.lock();
        let mut lost = Lost::default();
        while chunks.bytes > bound {
            let Some(series) = chunks.order.pop_front() else { break };
            let (bytes, samples) = series.state().evict_oldest();
            chunks.bytes = chunks.bytes.saturating_sub(bytes);
            lost.samples += u64::from(samples);
            lost.bytes += if samples > 0 { bytes } else { 0 };
        }
        lost
    }

    /// Takes stock anew after some chunks went; answers the bytes of those that are on no disk yet.
    pub(crate) fn recount(&self, all: &[Arc<Series>]) -> usize {
        let (mut found, mut waiting) = (Vec::new(), 0);
        for series in all {
            let state = series.state();
            found.extend(state.sealed.iter().map(|chunk| (chunk.id, chunk.bytes.len(), series.clone())));
            waiting += state.sealed.iter().filter(|chunk| !chunk.stored).map(|chunk| chunk.bytes.len()).sum::<usize>();
        }
        found.sort_unstable_by_key(|(id, ..)| *id);
        let mut chunks = self.0.lock();
        chunks.bytes = found.iter().map(|(_, bytes, _)| bytes).sum();
        chunks.order = found.into_iter().map(|(.., series)| series).collect();
        waiting
    }
}
