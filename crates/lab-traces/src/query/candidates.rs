//! The traces that may match a query, newest first: found in columns where there are any, by summaries elsewhere.
//!
//! A query needs of a trace that some of its spans fulfil conditions, which may be in different fragments. Each condition
//! has a bit; a trace is a candidate as soon as the bits of its fragments are enough. Fragments come from the newest place
//! to the oldest, and a trace whose last needed span is in a fragment began no later than that.

use std::collections::{BinaryHeap, HashMap, HashSet};

use lab_algebra::Allowance;
use lab_storage::StorageError;

use crate::id::TraceId;
use crate::query::columns::mask::{Picked, mask};
use crate::query::columns::view::View;
use crate::query::requirement::{Condition, Requirement};
use crate::query::walk::{SEEN, Selection, WalkError};
use crate::store::TraceStore;
use crate::store::index::summary::Summary;
use crate::store::rows::disk::FragmentHead;
use crate::store::rows::parts::Place;
use crate::store::select::candidates::{Candidate, Candidates};
use crate::store::select::sources::{PartError, Sources, StoredPart};

/// Bytes that a row takes for each condition.
const ROW: usize = 32;

/// The way over candidates.
pub(crate) enum Found<'a> {
    /// Every trace of the range may match, or there are no columns to tell which do.
    EveryTrace(Candidates<'a>),
    ByColumns(Box<Finder<'a>>),
}

/// Candidates that columns name.
pub(crate) struct Finder<'a> {
    sources: Sources<'a>,
    selection: &'a Selection,
    requirement: Requirement,
    conditions: Vec<Condition<'a>>,
    /// The next place.
    at: usize,
    waiting: BinaryHeap<Hit>,
    /// What the fragments of traces so far fulfil together, of those that are not enough by themselves.
    fulfilled: HashMap<TraceId, u64>,
    seen: HashSet<TraceId>,
    /// True if places were left out because it has taken long enough.
    is_cut_short: bool,
}

/// What the columns of a part tell of its fragments.
struct Bits {
    /// When each begins.
    starts: Vec<i64>,
    /// The conditions that spans of each may fulfil.
    conditions: Vec<u64>,
    /// The conditions of which the columns know too little.
    doubtful: u64,
}

/// A fragment that makes its trace a candidate; those that begin last come first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    start_ns: i64,
    fragment: Fragment,
}

/// What is known of a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fragment {
    /// Its trace, and whether it overlaps the range.
    Known { trace: TraceId, is_within: bool },
    /// Its number on disk.
    Numbered(i64),
}

impl<'a> Found<'a> {
    /// The candidates of a selection.
    pub(crate) fn new(store: &'a TraceStore, selection: &'a Selection) -> Result<Self, WalkError> {
        let range = (selection.start_ns, selection.end_ns);
        let (requirement, conditions) = Requirement::of(&selection.plan.pipeline);
        if requirement.is_met_by(0) {
            return Ok(Self::EveryTrace(store.candidates(range.0, range.1, selection.plan.any_of.clone())));
        }
        let Some(mut sources) = store.sources(range)? else {
            // Summaries know nothing of what another fragment of the trace has: without them nothing is missed.
            return Ok(Self::EveryTrace(store.candidates(range.0, range.1, vec![Vec::new()])));
        };
        sources.reach_out(range)?;
        let finder = Finder {
            sources,
            selection,
            requirement,
            conditions,
            at: 0,
            waiting: BinaryHeap::new(),
            fulfilled: HashMap::new(),
            seen: HashSet::new(),
            is_cut_short: false,
        };
        Ok(Self::ByColumns(Box::new(finder.with_memory())))
    }

    /// The next trace to look at.
    pub(crate) fn next(&mut self, allowance: &Allowance<'_>) -> Result<Option<Candidate>, WalkError> {
        match self {
            Self::EveryTrace(candidates) => Ok(candidates.next_candidate()?),
            Self::ByColumns(finder) => finder.next(allowance),
        }
    }

    /// True if older traces were left out because it has taken long enough.
    pub(crate) fn is_cut_short(&self) -> bool {
        matches!(self, Self::ByColumns(finder) if finder.is_cut_short)
    }
}

impl Finder<'_> {
    /// Begins with the fragments in memory.
    fn with_memory(mut self) -> Self {
        for fragment in std::mem::take(&mut self.sources.waiting) {
            let bits = self.by_summary(&fragment.summary);
            let is_within = fragment.overlaps((self.selection.start_ns, self.selection.end_ns));
            let known = Fragment::Known { trace: fragment.trace_id, is_within };
            self.take_in(fragment.trace_id, bits, Hit { start_ns: fragment.start_ns, fragment: known });
            self.sources.waiting.push(fragment);
        }
        self
    }

    fn next(&mut self, allowance: &Allowance<'_>) -> Result<Option<Candidate>, WalkError> {
        loop {
            allowance.check_interrupt()?;
            let rest = self.sources.places.get(self.at).copied();
            let is_next = |hit: &Hit| rest.is_none_or(|place| hit.start_ns >= place.range.1);
            if self.waiting.peek().is_some_and(is_next) {
                let Some(hit) = self.waiting.pop() else { continue };
                if let Some(trace) = self.trace_of(hit.fragment)?
                    && self.seen.insert(trace)
                {
                    return Ok(Some(Candidate { id: trace, newest_start_ns: hit.start_ns }));
                }
                continue;
            }
            let Some(place) = rest else { return Ok(None) };
            if self.selection.enough.is_set() {
                (self.at, self.is_cut_short) = (self.sources.places.len(), true);
                continue;
            }
            self.at += 1;
            self.place(place, allowance)?;
        }
    }

    /// The trace of a fragment, if it has one that overlaps the range.
    fn trace_of(&self, fragment: Fragment) -> Result<Option<TraceId>, StorageError> {
        let range = (self.selection.start_ns, self.selection.end_ns);
        let (trace, is_within) = match fragment {
            Fragment::Known { trace, is_within } => (trace, is_within),
            Fragment::Numbered(number) => {
                let heads = self.sources.heads((number, number))?;
                let Some(head) = heads.first() else { return Ok(None) };
                (head.trace_id, overlaps(head, range))
            }
        };
        Ok((is_within || self.sources.is_within(trace, range)?).then_some(trace))
    }

    fn place(&mut self, place: Place, allowance: &Allowance<'_>) -> Result<(), WalkError> {
        let part = if place.has_columns { self.sources.part(place)? } else { None };
        let Some(part) = part else { return self.by_heads(place, allowance) };
        allowance.room_for_bytes(part.layout.rows.saturating_mul(ROW * self.conditions.len()))?;
        match self.bits_of(&part) {
            Ok(None) => Ok(()),
            Ok(Some(bits)) => self.part(&part, &bits, allowance),
            Err(PartError::Unreadable) => self.by_heads(place, allowance),
            Err(PartError::Storage(error)) => Err(error.into()),
        }
    }

    /// What the columns tell of the fragments of a part; `None` if no span fulfils any condition.
    fn bits_of(&self, part: &StoredPart<'_>) -> Result<Option<Bits>, PartError> {
        let (view, mut picks, mut doubtful) = (View::new(part), Vec::new(), 0);
        for (at, condition) in self.conditions.iter().enumerate() {
            let mask = mask(&view, &self.selection.plan, condition.expr)?;
            if mask.picked != Picked::None {
                doubtful |= u64::from(!mask.is_exact) << at;
                picks.push((1_u64 << at, mask.picked));
            }
        }
        if picks.is_empty() {
            return Ok(None);
        }
        let rows = part.rows()?;
        let (Some(fragments), Some(starts)) = (rows.fragments(), rows.starts()) else {
            return Err(PartError::Unreadable);
        };
        let count = part.place.count() as usize;
        let mut found = Bits { starts: vec![i64::MAX; count], conditions: vec![0; count], doubtful };
        for (row, (fragment, start)) in fragments.iter().zip(&starts).enumerate() {
            let at = *fragment as usize;
            let (Some(first), Some(bits)) = (found.starts.get_mut(at), found.conditions.get_mut(at)) else {
                return Err(PartError::Unreadable);
            };
            *first = (*first).min(*start);
            *bits |= picks.iter().filter(|(_, picked)| picked.has(row)).fold(0, |all, (bit, _)| all | bit);
        }
        Ok(Some(found))
    }

    fn part(&mut self, part: &StoredPart<'_>, found: &Bits, allowance: &Allowance<'_>) -> Result<(), WalkError> {
        let needs_head = |bits: u64| bits & found.doubtful != 0 || bits != 0 && !self.requirement.is_met_by(bits);
        let mut known: HashMap<i64, FragmentHead> = HashMap::new();
        if found.conditions.iter().any(|bits| needs_head(*bits)) {
            allowance.room_for_bytes(found.starts.len().saturating_mul(size_of::<FragmentHead>() * 2))?;
            known.extend(self.sources.heads(part.place.fragments)?.into_iter().map(|head| (head.id, head)));
        }
        let fragments = (part.place.fragments.0..).zip(&found.starts).zip(&found.conditions);
        let hits: Vec<(i64, i64, u64)> = fragments
            .filter(|(_, bits)| **bits != 0)
            .map(|((number, start_ns), bits)| (number, *start_ns, *bits))
            .collect();
        for (number, start_ns, bits) in hits {
            allowance.take_bytes(SEEN)?;
            if bits & found.doubtful == 0 && self.requirement.is_met_by(bits) {
                self.waiting.push(Hit { start_ns, fragment: Fragment::Numbered(number) });
            } else if let Some(head) = known.get(&number) {
                let bits = bits & (self.by_summary(&head.summary) | !found.doubtful);
                self.take_in_head(head, bits);
            }
        }
        Ok(())
    }

    /// Looks at the heads of fragments that are in no part, or in one that cannot be read.
    fn by_heads(&mut self, place: Place, allowance: &Allowance<'_>) -> Result<(), WalkError> {
        for head in self.sources.heads(place.fragments)? {
            allowance.take_bytes(SEEN)?;
            let bits = self.by_summary(&head.summary);
            self.take_in_head(&head, bits);
        }
        Ok(())
    }

    fn take_in_head(&mut self, head: &FragmentHead, bits: u64) {
        let is_within = overlaps(head, (self.selection.start_ns, self.selection.end_ns));
        let fragment = Fragment::Known { trace: head.trace_id, is_within };
        self.take_in(head.trace_id, bits, Hit { start_ns: head.start_ns, fragment });
    }

    /// Adds what a fragment fulfils to what others of its trace do.
    fn take_in(&mut self, trace: TraceId, bits: u64, hit: Hit) {
        if bits == 0 {
            return;
        }
        let all = bits | self.fulfilled.get(&trace).copied().unwrap_or(0);
        if self.requirement.is_met_by(all) {
            self.waiting.push(hit);
        } else {
            self.fulfilled.insert(trace, all);
        }
    }

    /// The conditions that a fragment with this summary may fulfil.
    fn by_summary(&self, summary: &Summary) -> u64 {
        let may = |condition: &Condition<'_>| {
            condition.any_of.iter().any(|all| all.iter().all(|what| summary.may_hold(*what)))
        };
        let conditions = self.conditions.iter().enumerate();
        conditions.filter(|(_, condition)| may(condition)).fold(0, |bits, (at, _)| bits | 1 << at)
    }
}

fn overlaps(head: &FragmentHead, range: (i64, i64)) -> bool {
    head.start_ns <= range.1 && head.end_ns >= range.0
}
