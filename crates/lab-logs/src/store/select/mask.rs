//! Lines that somebody asked to delete: queries no longer see them, until they are [erased](crate::store::retain::erase).

use std::fmt::Debug;
use std::sync::Arc;

use lab_model::{Labels, Matcher};

use crate::record::Entry;
use crate::store::rows::layout::entry::EntryRef;

/// A condition on a line beside its stream and its time.
pub trait Condition: Debug + Send + Sync {
    /// True if the line meets it.
    fn is_met(&self, stream: &Labels, entry: EntryRef<'_>) -> bool;
}

/// Lines of some streams within a range of time.
#[derive(Clone, Debug)]
pub struct Mask {
    /// What the labels of a stream must meet.
    pub matchers: Vec<Matcher>,
    /// The first and the last time (ns).
    pub range: (i64, i64),
    /// What the lines must meet; nothing if all of them are meant.
    pub condition: Option<Arc<dyn Condition>>,
}

impl Mask {
    /// True if it may hide lines of this stream.
    pub(crate) fn concerns(&self, stream: &Labels) -> bool {
        self.matchers.iter().all(|matcher| matcher.matches_labels(stream))
    }

    /// True if some time of the range `first` to `last` is in its range.
    pub(crate) fn overlaps(&self, first: i64, last: i64) -> bool {
        self.range.0 <= last && first <= self.range.1
    }

    /// True if it hides this line of a stream that it concerns.
    pub(crate) fn hides(&self, stream: &Labels, entry: EntryRef<'_>) -> bool {
        self.overlaps(entry.timestamp, entry.timestamp)
            && self.condition.as_ref().is_none_or(|condition| condition.is_met(stream, entry))
    }

    /// The same of an entry in memory.
    pub(crate) fn hides_entry(&self, stream: &Labels, entry: &Entry) -> bool {
        let metadata: Vec<(&str, &str)> = entry.metadata.iter().map(|label| (&*label.name, &*label.value)).collect();
        self.hides(stream, EntryRef { timestamp: entry.timestamp, line: &entry.line, metadata: &metadata })
    }
}

/// The masks that concern one stream.
#[derive(Clone, Debug)]
pub(crate) struct Masked {
    stream: Labels,
    masks: Vec<Arc<Mask>>,
}

impl Masked {
    /// Those of all masks that concern a stream; none if no mask does.
    pub(crate) fn of(masks: &[Arc<Mask>], stream: &Labels, (start, end): (i64, i64)) -> Option<Arc<Self>> {
        let masks: Vec<Arc<Mask>> =
            masks.iter().filter(|mask| mask.overlaps(start, end) && mask.concerns(stream)).cloned().collect();
        (!masks.is_empty()).then(|| Arc::new(Self { stream: stream.clone(), masks }))
    }

    /// True if one of them may hide lines of a part with these times.
    pub(crate) fn overlaps(&self, first: i64, last: i64) -> bool {
        self.masks.iter().any(|mask| mask.overlaps(first, last))
    }

    /// True if one of them hides this line.
    pub(crate) fn hides(&self, entry: EntryRef<'_>) -> bool {
        self.masks.iter().any(|mask| mask.hides(&self.stream, entry))
    }

    /// Takes out of these entries what is hidden.
    pub(crate) fn take_out(&self, entries: &mut Vec<Entry>) {
        entries.retain(|entry| !self.masks.iter().any(|mask| mask.hides_entry(&self.stream, entry)));
    }
}
