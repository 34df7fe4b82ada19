//! The series that may have samples in a time range, with their label names, label values and exemplars.
//!
//! `sets` are alternatives: a series is selected if it meets all matchers of one of them. No set at all selects every
//! series. Ranges are in milliseconds and include both ends.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use lab_model::{Labels, Matcher};
use parking_lot::RwLock;

use crate::model::exemplar::Exemplar;
use crate::store::buffer::series::{Series, SeriesId};
use crate::store::index::Index;

const ALL_TIME: (i64, i64) = (i64::MIN, i64::MAX);

/// The label sets of the selected series, sorted.
pub(crate) fn within(index: &RwLock<Index>, sets: &[Vec<Matcher>], range: (i64, i64)) -> BTreeSet<Labels> {
    selected(index, sets, range).map(|series| series.labels.clone()).collect()
}

fn selected(
    index: &RwLock<Index>,
    sets: &[Vec<Matcher>],
    (start, end): (i64, i64),
) -> impl Iterator<Item = Arc<Series>> + use<> {
    let found: Vec<_> = {
        let index = index.read();
        match sets {
            [] => index.all().cloned().collect(),
            sets => sets.iter().flat_map(|matchers| index.select(matchers)).collect(),
        }
    };
    found.into_iter().filter(move |series| series.state().overlaps(start, end))
}

/// The label names of the selected series, sorted.
pub(crate) fn names(index: &RwLock<Index>, sets: &[Vec<Matcher>], range: (i64, i64)) -> BTreeSet<Arc<str>> {
    if sets.is_empty() {
        return index.read().names_of(&mut overlapping(range));
    }
    let mut names = BTreeSet::new();
    for series in selected(index, sets, range) {
        for label in &series.labels {
            if !names.contains(&label.name) {
                names.insert(label.name.clone());
            }
        }
    }
    names
}

/// The values that a label has in the selected series, sorted.
pub(crate) fn values(
    index: &RwLock<Index>,
    name: &str,
    sets: &[Vec<Matcher>],
    range: (i64, i64),
) -> BTreeSet<Arc<str>> {
    if sets.is_empty() {
        return index.read().values_of(name, &mut overlapping(range));
    }
    let mut values = BTreeSet::new();
    for series in selected(index, sets, range) {
        if let Some(value) = series.labels.iter().find(|label| &*label.name == name).map(|label| &label.value)
            && !values.contains(value)
        {
            values.insert(value.clone());
        }
    }
    values
}

/// Whether a series may have samples in the range. Each series is looked at once, however often it is asked about.
fn overlapping((start, end): (i64, i64)) -> impl FnMut(&Series) -> bool {
    let mut known: HashMap<SeriesId, bool> = HashMap::new();
    move |series| {
        (start, end) == ALL_TIME || *known.entry(series.id).or_insert_with(|| series.state().overlaps(start, end))
    }
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
