//! Walking over the traces of a time range without reading more than heads and summaries.

use std::collections::HashSet;
use std::sync::Arc;

use lab_storage::StorageError;

use crate::id::TraceId;
use crate::store::buffer::Fragment;
use crate::store::index::summary::Trait;
use crate::store::rows::disk::{Disk, FragmentHead};

/// Heads read at once.
const PAGE: usize = 512;

/// Traces that may match, each once, those with the newest fragments first.
///
/// A trace qualifies if one of its fragments overlaps the range and may have every trait of one of the
/// alternatives. Bloom filters decide, so the trace itself has to be looked at. A trace that comes later
/// began no later than [`Candidate::newest_start_ns`] of those before it.
#[derive(Debug)]
pub struct Candidates<'a> {
    disk: &'a Disk,
    /// Heads that wait to be given out, the newest last.
    waiting: Vec<FragmentHead>,
    page: std::vec::IntoIter<FragmentHead>,
    /// Where the next page begins; `None` after the last one.
    before: Option<(i64, i64)>,
    range: (i64, i64),
    any_of: Vec<Vec<Trait>>,
    seen: HashSet<TraceId>,
    inspected: u64,
}

/// One trace to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub id: TraceId,
    /// Start of the newest of its fragments that qualify; the trace began then or before.
    pub newest_start_ns: i64,
}

impl<'a> Candidates<'a> {
    pub(crate) fn new(disk: &'a Disk, pending: &[Arc<Fragment>], range: (i64, i64), any_of: Vec<Vec<Trait>>) -> Self {
        let head = |fragment: &Arc<Fragment>| FragmentHead {
            id: 0,
            trace_id: fragment.trace_id,
            start_ns: fragment.start_ns,
            end_ns: fragment.end_ns,
            summary: fragment.summary,
        };
        let mut waiting: Vec<_> = pending.iter().map(head).collect();
        waiting.retain(|head| head.start_ns <= range.1 && head.end_ns >= range.0);
        waiting.sort_by_key(|head| head.start_ns);
        let (page, before) = (Vec::new().into_iter(), Some((i64::MAX, i64::MAX)));
        Self { disk, waiting, page, before, range, any_of, seen: HashSet::new(), inspected: 0 }
    }

    /// The next trace.
    pub fn next_candidate(&mut self) -> Result<Option<Candidate>, StorageError> {
        while let Some(head) = self.next_head()? {
            self.inspected += 1;
            let qualifies = self.any_of.iter().any(|all| all.iter().all(|what| head.summary.may_hold(*what)));
            if qualifies && self.seen.insert(head.trace_id) {
                return Ok(Some(Candidate { id: head.trace_id, newest_start_ns: head.start_ns }));
            }
        }
        Ok(None)
    }

    /// How many fragments were looked at so far.
    pub fn inspected(&self) -> u64 {
        self.inspected
    }

    /// The newer of the next waiting and the next stored head.
    fn next_head(&mut self) -> Result<Option<FragmentHead>, StorageError> {
        // More than one page has to be read where all fragments of a page are damaged.
        while self.page.len() == 0 && self.before.is_some() {
            self.read_page()?;
        }
        let stored = self.page.as_slice().first().map(|head| head.start_ns);
        let waiting = self.waiting.last().map(|head| head.start_ns);
        Ok(if waiting >= stored { self.waiting.pop() } else { self.page.next() })
    }

    fn read_page(&mut self) -> Result<(), StorageError> {
        let Some(before) = self.before else { return Ok(()) };
        let page = self.disk.heads(before, self.range, PAGE)?;
        self.before = page.next_before;
        self.page = page.heads.into_iter();
        Ok(())
    }
}
