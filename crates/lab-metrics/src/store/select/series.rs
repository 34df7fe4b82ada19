//! The series that may have samples in a time range, with their label names, label values and exemplars.
//!
//! `sets` are alternatives: a series is selected if it meets all matchers of one of them. No set at all selects every
//! series. Ranges are in milliseconds and include both ends.

use std::collections::BTreeSet;
use std::sync::Arc;

use lab_model::{Labels, Matcher};
use parking_lot::RwLock;

use crate::model::exemplar::Exemplar;
use crate::store::index::Index;

const ALL_TIME: (i64, i64) = (i64::MIN, i64::MAX);

/// The label sets of the selected series, sorted.
pub(crate) fn within(index: &RwLock<Index>, sets: &[Vec<Matcher>], (start, end): (i64, i64)) -> BTreeSet<Labels> {
    let found: Vec<_> = {
        let index = index.read();
        match sets {
            [] => index.all().cloned().collect(),
            sets => sets.iter().flat_map(|matchers| index.select(matchers)).collect(),
        }
    };
    found.iter().filter(|series| series.state().overlaps(start, end)).map(|series| series.labels.clone()).collect()
}

/// The label names of the selected series, sorted.
pub(crate) fn names(index: &RwLock<Index>, sets: &[Vec<Matcher>], range: (i64, i64)) -> BTreeSet<Arc<str>> {
    if sets.is_empty() && range == ALL_TIME {
        return index.read().names();
    }
    within(index, sets, range).iter().flatten().map(|label| label.name.clone()).collect()
}

/// The values that a label has in the selected series, sorted.
pub(crate) fn values(
    index: &RwLock<Index>,
    name: &str,
    sets: &[Vec<Matcher>],
    range: (i64, i64),
) -> BTreeSet<Arc<str>> {
    if sets.is_empty() && range == ALL_TIME {
        return index.read().values(name);
    }
    let found = within(index, sets, range);
    found.iter().flatten().filter(|label| &*label.name == name).map(|label| label.value.clone()).collect()
}

/// The exemplars in the range of the series that meet all matchers.
pub(crate) fn exemplars(
    index: &RwLock<Index>,
    matchers: &[Matcher],
    (start, end): (i64, i64),
) -> impl Iterator<Item = (Labels, Vec<Exemplar>)> + use<> {
    let found = index.read().select(matchers).into_iter();
    let found = found.map(move |series| (series.labels.clone(), series.state().exemplars.within(start, end)));
    found.filter(|(_, exemplars)| !exemplars.is_empty())
}
