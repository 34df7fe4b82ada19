//! Which sealed chunks are in memory, so that their bytes stay within a bound.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::store::buffer::series::Series;

/// Sealed chunks in memory, in order of sealing over all series.
#[derive(Debug, Default)]
pub(crate) struct Resident(Mutex<Chunks>);

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

    /// Forgets the oldest chunks beyond the bound, but none that is on no disk yet.
    pub(crate) fn shrink_to(&self, bound: usize) {
        let mut chunks = self.0.lock();
        while chunks.bytes > bound {
            let Some(series) = chunks.order.pop_front() else { break };
            let Some(bytes) = series.state().evict_oldest() else {
                chunks.order.push_front(series);
                break;
            };
            chunks.bytes = chunks.bytes.saturating_sub(bytes);
        }
    }

    /// Takes stock anew after some chunks went.
    pub(crate) fn recount(&self, all: &[Arc<Series>]) {
        let mut found = Vec::new();
        for series in all {
            let state = series.state();
            found.extend(state.sealed.iter().map(|chunk| (chunk.id, chunk.bytes.len(), series.clone())));
        }
        found.sort_unstable_by_key(|(id, ..)| *id);
        let mut chunks = self.0.lock();
        chunks.bytes = found.iter().map(|(_, bytes, _)| bytes).sum();
        chunks.order = found.into_iter().map(|(.., series)| series).collect();
    }
}
