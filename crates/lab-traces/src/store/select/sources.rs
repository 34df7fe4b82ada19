//! Where the spans of a time range are, each exactly once: in fragments that wait for the disk, in parts, and in fragments
//! on disk that are in no part.

use std::cell::OnceCell;
use std::sync::Arc;

use lab_storage::{StorageError, Unreadable};

use crate::columns::layout::Layout;
use crate::columns::part::Rows;
use crate::id::TraceId;
use crate::store::buffer::{Fragment, StoredSpan, hull};
use crate::store::index::origin::{Origin, Origins};
use crate::store::limits::Limits;
use crate::store::rows::disk::{Disk, FragmentHead};
use crate::store::rows::parts::Place;
use crate::store::rows::tables::FRAGMENT;
use crate::store::select::trace::{Merge, StoredTrace};

/// The spans of a time range.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    disk: &'a Disk,
    origins: &'a Origins,
    limits: &'a Limits,
    last: i64,
    /// All fragments in memory.
    pub(crate) waiting: Vec<Arc<Fragment>>,
    /// Fragments on disk, those that end last first.
    pub(crate) places: Vec<Place>,
}

/// A part of which the front was read.
#[derive(Debug)]
pub(crate) struct StoredPart<'a> {
    disk: &'a Disk,
    pub(crate) place: Place,
    pub(crate) layout: Layout,
    /// The origins by their codes.
    pub(crate) origins: Vec<Arc<Origin>>,
    body: OnceCell<Vec<u8>>,
}

/// Why a part does not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PartError {
    /// It is damaged, or retention has taken it: its fragments have to be asked.
    #[error("the part cannot be read")]
    Unreadable,
    /// The database cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl<'a> Sources<'a> {
    pub(crate) fn new(
        (disk, origins, limits): (&'a Disk, &'a Origins, &'a Limits),
        (waiting, last): (Vec<Arc<Fragment>>, i64),
        range: (i64, i64),
    ) -> Result<Self, StorageError> {
        Ok(Self { disk, origins, limits, last, waiting, places: disk.places(range, last)? })
    }

    /// Adds the places over which the traces of this range reach: they may have spans before and after it.
    pub(crate) fn reach_out(&mut self, range: (i64, i64)) -> Result<(), StorageError> {
        let on_disk = self.places.iter().map(|place| place.range);
        let within = self.waiting.iter().filter(|fragment| fragment.overlaps(range));
        let reach = on_disk.chain(within.map(|fragment| fragment.reach)).fold(range, hull);
        if reach != range {
            self.places = self.disk.places(reach, self.last)?;
        }
        Ok(())
    }

    /// The part at a place; `None` if it cannot be read.
    pub(crate) fn part(&self, place: Place) -> Result<Option<StoredPart<'a>>, StorageError> {
        let Some(layout) = self.disk.layout(place)? else { return Ok(None) };
        let origins = layout.origins.iter().map(|id| self.origins.get(*id)).collect();
        Ok(Some(StoredPart { disk: self.disk, place, layout, origins, body: OnceCell::new() }))
    }

    /// The heads of the fragments with numbers from the first to the last.
    pub(crate) fn heads(&self, fragments: (i64, i64)) -> Result<Vec<FragmentHead>, StorageError> {
        self.disk.heads_between(fragments)
    }

    /// Shows the spans of the fragments with these numbers, as far as they are still there.
    pub(crate) fn fragments(
        &self,
        numbers: &[i64],
        each: impl FnMut(TraceId, Vec<StoredSpan>),
    ) -> Result<(), StorageError> {
        self.disk.fragments(numbers, self.origins, each)
    }

    /// What fragments that are in no part hold of a trace.
    pub(crate) fn outside_of_parts(&self, id: TraceId) -> Result<Option<StoredTrace>, StorageError> {
        let mut merge = Merge::new(id, self.limits);
        let outside = |number: i64| {
            let holds = |place: &Place| (place.fragments.0..=place.fragments.1).contains(&number);
            self.places.iter().any(|place| !place.has_columns && holds(place))
        };
        self.disk.of_trace(id, self.origins, |fragment, spans| {
            if outside(fragment.id) {
                merge.add(spans);
            }
        })?;
        Ok(merge.finish())
    }

    /// True if a fragment of the trace overlaps the range.
    pub(crate) fn is_within(&self, id: TraceId, range: (i64, i64)) -> Result<bool, StorageError> {
        let waits = self.waiting.iter().any(|fragment| fragment.trace_id == id && fragment.overlaps(range));
        Ok(waits || self.disk.last_start(id, range)?.is_some())
    }
}

impl StoredPart<'_> {
    /// The rows. The body is read when they are asked for first.
    pub(crate) fn rows(&self) -> Result<Rows<'_>, PartError> {
        if self.body.get().is_none() {
            let body = self.disk.body(self.place)?.ok_or(PartError::Unreadable)?;
            // Nobody else sets it meanwhile.
            let _ = self.body.set(body);
        }
        let body = self.body.get().ok_or(PartError::Unreadable)?;
        Ok(Rows { layout: &self.layout, body })
    }

    /// The rows without the body, for what stands in the front.
    pub(crate) fn front(&self) -> Rows<'_> {
        Rows { layout: &self.layout, body: &[] }
    }

    /// The trace of the fragment at this place of the part; `None` if it is damaged, which is noted: a part goes with the first
    /// of its fragments that retention takes, so that one which is missing was lost otherwise.
    pub(crate) fn trace_of(&self, fragment: u32) -> Result<Option<TraceId>, StorageError> {
        let number = self.place.fragments.0 + i64::from(fragment);
        let found = self.disk.heads_between((number, number))?.first().map(|head| head.trace_id);
        if found.is_none() {
            self.disk.damage().note_block(FRAGMENT.name, number, Unreadable::Lost, self.place.range);
        }
        Ok(found)
    }

    /// Bytes of its body that were read.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.body.get().map_or(0, Vec::len) as u64
    }
}
