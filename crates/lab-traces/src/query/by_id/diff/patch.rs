//! Every span that was added, removed or changed.

use opentelemetry_proto::tonic::common::v1::AnyValue;

use crate::query::by_id::diff::pairs::pairs;
use crate::query::by_id::diff::side::{Side, SideSpan};
use crate::query::by_id::diff::tolerance::{same_duration, same_value};
use crate::query::by_id::diff::warnings::{self, Warning};
use crate::span::kind::Status;

/// What differs, span by span. The spans stand in the order of their traces.
#[derive(Debug)]
pub struct Patch<'a> {
    pub base: &'a Side,
    pub compare: &'a Side,
    /// How many spans of the one trace are in the other.
    pub matched: usize,
    pub modified: Vec<Modified<'a>>,
    pub added: Vec<&'a SideSpan>,
    pub removed: Vec<&'a SideSpan>,
    /// What makes the comparison less certain.
    pub warnings: Vec<Warning>,
}

/// A span that is in both traces and differs.
#[derive(Debug)]
pub struct Modified<'a> {
    /// The span as the second trace has it.
    pub span: &'a SideSpan,
    pub changes: Vec<Change<'a>>,
}

/// One difference of a span.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<'a> {
    /// Before and after in nanoseconds; `None` if the times make no sense.
    Duration(Option<i64>, Option<i64>),
    /// Before and after.
    Status(Status, Status),
    /// An attribute that only the second trace has.
    Added(&'a str, Option<&'a AnyValue>),
    /// An attribute that only the first trace has.
    Removed(&'a str, Option<&'a AnyValue>),
    /// An attribute before and after.
    Modified(&'a str, Option<&'a AnyValue>, Option<&'a AnyValue>),
}

impl<'a> Patch<'a> {
    /// Compares two traces.
    pub fn new(base: &'a Side, compare: &'a Side) -> Self {
        let (mut modified, mut added, mut is_matched) = (Vec::new(), Vec::new(), vec![false; base.spans.len()]);
        for (span, pair) in compare.spans.iter().zip(pairs(base, compare)) {
            let Some(pair) = pair else {
                added.push(span);
                continue;
            };
            is_matched[pair] = true;
            let changes = changes(&base.spans[pair], span);
            if !changes.is_empty() {
                modified.push(Modified { span, changes });
            }
        }
        let removed = base.spans.iter().zip(&is_matched).filter(|(_, matched)| !**matched).map(|(span, _)| span);
        let mut warnings = warnings::of(base, "base");
        for warning in warnings::of(compare, "compare") {
            // Of a name that is found in both traces one warning is enough.
            if !warnings.iter().any(|known| known.code == warning.code && known.code != "invalid_duration") {
                warnings.push(warning);
            }
        }
        let matched = is_matched.iter().filter(|matched| **matched).count();
        Self { base, compare, matched, modified, added, removed: removed.collect(), warnings }
    }

    /// How many numbers the places of all spans have that differ.
    pub fn path_numbers(&self) -> usize {
        let modified = self.modified.iter().map(|modified| modified.span);
        let spans = modified.chain(self.added.iter().copied()).chain(self.removed.iter().copied());
        spans.map(SideSpan::path_len).fold(0, usize::saturating_add)
    }

    /// How many durations and statuses changed.
    pub fn field_changes(&self) -> usize {
        self.changes().filter(|change| change.is_of_field()).count()
    }

    /// How many attributes came, went or changed.
    pub fn attribute_changes(&self) -> usize {
        self.changes().filter(|change| !change.is_of_field()).count()
    }

    fn changes(&self) -> impl Iterator<Item = &Change<'a>> {
        self.modified.iter().flat_map(|span| &span.changes)
    }
}

impl Change<'_> {
    /// True of a duration and a status; all others are of attributes.
    fn is_of_field(&self) -> bool {
        matches!(self, Self::Duration(..) | Self::Status(..))
    }
}

/// What differs between a span and its pair: fields first, then attributes by their names.
fn changes<'a>(base: &'a SideSpan, compare: &'a SideSpan) -> Vec<Change<'a>> {
    let mut changes = Vec::new();
    if !same_duration(base.duration_ns, compare.duration_ns) {
        changes.push(Change::Duration(base.duration_ns, compare.duration_ns));
    }
    if base.status != compare.status {
        changes.push(Change::Status(base.status, compare.status));
    }
    let mut keys: Vec<&String> = base.attributes.keys().chain(compare.attributes.keys()).collect();
    keys.sort();
    keys.dedup();
    changes.extend(keys.into_iter().filter_map(|key| match (base.attributes.get(key), compare.attributes.get(key)) {
        (None, Some(after)) => Some(Change::Added(key, after.as_ref())),
        (Some(before), None) => Some(Change::Removed(key, before.as_ref())),
        (Some(before), Some(after)) => {
            let (before, after) = (before.as_ref(), after.as_ref());
            (!same_value(key, before, after)).then_some(Change::Modified(key, before, after))
        }
        (None, None) => None,
    }));
    changes
}
