//! The series index: which series there are, and which have a certain label value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hashbrown::{Equivalent, HashMap};
use lab_model::{Labels, MatchOp, Matcher};

use crate::store::buffer::series::{Series, SeriesId};

/// Label value → series that have it, ascending.
type Values = BTreeMap<Arc<str>, Vec<SeriesId>>;

/// Labels as they were sent. They hash as the [`Labels`] that are equal to them do.
#[derive(Hash)]
struct Pairs<'a>(&'a [(&'a str, &'a str)]);

impl Equivalent<Labels> for Pairs<'_> {
    fn equivalent(&self, labels: &Labels) -> bool {
        labels.iter().map(|label| (&*label.name, &*label.value)).eq(self.0.iter().copied())
    }
}

/// All series, by labels, by id and by each label.
#[derive(Debug, Default)]
pub(crate) struct Index {
    by_labels: HashMap<Labels, Arc<Series>>,
    by_id: BTreeMap<SeriesId, Arc<Series>>,
    postings: BTreeMap<Arc<str>, Values>,
}

impl Index {
    /// The series with exactly these labels.
    pub(crate) fn get(&self, labels: &Labels) -> Option<&Arc<Series>> {
        self.by_labels.get(labels)
    }

    /// The series with exactly these labels, which stand in the order of their names. No label set is built to look it up.
    pub(crate) fn find(&self, pairs: &[(&str, &str)]) -> Option<&Arc<Series>> {
        self.by_labels.get(&Pairs(pairs))
    }

    /// The series with this number.
    pub(crate) fn numbered(&self, id: SeriesId) -> Option<Arc<Series>> {
        self.by_id.get(&id).cloned()
    }

    /// How many series there are.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// All series, in order of their making.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Series>> {
        self.by_id.values()
    }

    /// The same labels with names and values that share memory with those of the other series.
    pub(crate) fn intern(&self, labels: &Labels) -> Labels {
        Labels::from_pairs(labels.iter().map(|label| match self.postings.get_key_value(&label.name) {
            Some((name, values)) => {
                let value = values.get_key_value(&label.value).map_or(&label.value, |(value, _)| value);
                (name.clone(), value.clone())
            }
            None => (label.name.clone(), label.value.clone()),
        }))
    }

    /// Adds a series whose labels are not there yet.
    pub(crate) fn insert(&mut self, series: Arc<Series>) {
        for label in &series.labels {
            let values = match self.postings.get_mut(&*label.name) {
                Some(values) => values,
                None => self.postings.entry(label.name.clone()).or_default(),
            };
            let ids = match values.get_mut(&*label.value) {
                Some(ids) => ids,
                None => values.entry(label.value.clone()).or_default(),
            };
            // Numbers are given in ascending order, and a start brings the series in that order.
            if ids.last().is_none_or(|last| *last < series.id) {
                ids.push(series.id);
            } else if let Err(at) = ids.binary_search(&series.id) {
                ids.insert(at, series.id);
            }
        }
        self.by_labels.insert(series.labels.clone(), series.clone());
        self.by_id.insert(series.id, series);
    }

    /// Removes a series.
    pub(crate) fn remove(&mut self, series: &Series) {
        for label in &series.labels {
            let Some(values) = self.postings.get_mut(&label.name) else { continue };
            if let Some(ids) = values.get_mut(&label.value) {
                ids.retain(|id| *id != series.id);
                if ids.is_empty() {
                    values.remove(&label.value);
                }
            }
            if values.is_empty() {
                self.postings.remove(&label.name);
            }
        }
        self.by_labels.remove(&series.labels);
        self.by_id.remove(&series.id);
    }

    /// The series that meet every matcher, in order of their making.
    pub(crate) fn select(&self, matchers: &[Matcher]) -> Vec<Arc<Series>> {
        let mut lists: Vec<Vec<&[SeriesId]>> = Vec::new();
        let mut rest: Vec<&Matcher> = Vec::new();
        for matcher in matchers {
            match self.looked_up(matcher) {
                Some(ids) => lists.push(ids),
                None => rest.push(matcher),
            }
        }
        if lists.is_empty() {
            // Nothing to look up: try all values of one label rather than the labels of all series.
            lists.extend(rest.iter().find_map(|matcher| self.tried(matcher)));
        }
        let size = |ids: &Vec<&[SeriesId]>| ids.iter().map(|ids| ids.len()).sum::<usize>();
        lists.sort_by_key(size);
        let Some((smallest, others)) = lists.split_first() else {
            return self.by_id.values().filter(|series| meets(series, &rest)).cloned().collect();
        };
        let mut found: Vec<SeriesId> = smallest.iter().flat_map(|ids| ids.iter().copied()).collect();
        // Values of one label exclude each other, so nothing is found twice.
        found.sort_unstable();
        found.retain(|id| others.iter().all(|lists| lists.iter().any(|ids| ids.binary_search(id).is_ok())));
        let found = found.iter().filter_map(|id| self.by_id.get(id));
        found.filter(|series| meets(series, &rest)).cloned().collect()
    }

    /// The label names of which one of the `wanted` series has a value, sorted. No more series are asked about than it takes
    /// to find one.
    pub(crate) fn names_of(&self, wanted: &mut dyn FnMut(&Series) -> bool) -> BTreeSet<Arc<str>> {
        let mut has_wanted = |values: &Values| values.values().any(|ids| self.has_any(ids, wanted));
        self.postings.iter().filter(|(_, values)| has_wanted(values)).map(|(name, _)| name.clone()).collect()
    }

    /// The values that a label has in one of the `wanted` series, sorted.
    pub(crate) fn values_of(&self, name: &str, wanted: &mut dyn FnMut(&Series) -> bool) -> BTreeSet<Arc<str>> {
        let values = self.postings.get(name).into_iter().flatten();
        values.filter(|(_, ids)| self.has_any(ids, wanted)).map(|(value, _)| value.clone()).collect()
    }

    /// Whether one of these series is wanted; the newest are the likeliest.
    fn has_any(&self, ids: &[SeriesId], wanted: &mut dyn FnMut(&Series) -> bool) -> bool {
        ids.iter().rev().filter_map(|id| self.by_id.get(id)).any(|series| wanted(series))
    }

    /// For each label name the number of its values, and for each of them the number of series.
    pub(crate) fn cardinality(&self) -> BTreeMap<String, BTreeMap<String, usize>> {
        let counted = |values: &Values| values.iter().map(|(value, ids)| (value.to_string(), ids.len())).collect();
        self.postings.iter().map(|(name, values)| (name.to_string(), counted(values))).collect()
    }

    /// Lists of exactly the series that meet the matcher, if its values can be looked up one by one.
    fn looked_up(&self, matcher: &Matcher) -> Option<Vec<&[SeriesId]>> {
        let values = self.postings.get(&*matcher.name);
        let list = |value: &str| values.and_then(|values| values.get(value)).map(Vec::as_slice);
        if matcher.op == MatchOp::Equal && !matcher.value.is_empty() {
            return Some(list(&matcher.value).into_iter().collect());
        }
        let mut alternatives = matcher.alternatives()?;
        alternatives.sort_unstable();
        alternatives.dedup();
        Some(alternatives.into_iter().filter_map(list).collect())
    }

    /// The same by trying every value of the label; `None` if series without the label meet the matcher too.
    fn tried(&self, matcher: &Matcher) -> Option<Vec<&[SeriesId]>> {
        let values = self.postings.get(&*matcher.name).into_iter().flatten();
        let good = values.filter(|(value, _)| matcher.matches(value)).map(|(_, ids)| ids.as_slice());
        (!matcher.matches_empty()).then(|| good.collect())
    }
}

fn meets(series: &Series, matchers: &[&Matcher]) -> bool {
    matchers.iter().all(|matcher| matcher.matches_labels(&series.labels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::buffer::series::SeriesState;

    #[test]
    fn a_series_is_found_by_its_labels_as_they_were_sent() {
        let mut index = Index::default();
        let sets: [&[(&str, &str)]; 5] =
            [&[], &[("a", "1")], &[("a", "1"), ("b", "2")], &[("a", "1\u{ff}b"), ("b", "")], &[("ab", "12")]];
        for (id, pairs) in sets.iter().enumerate() {
            let labels = Labels::from_pairs(pairs.iter().copied());
            if index.get(&labels).is_none() {
                index.insert(Series::new(id as i64, labels, SeriesState::default()));
            }
        }
        let found = |pairs: &[(&str, &str)]| index.find(pairs).map(|series| series.id);
        assert_eq!(sets.map(found), [Some(0), Some(1), Some(2), None, Some(4)]);
        assert_eq!(found(&[("a", "1\u{ff}b")]), Some(3), "a label without a value is none");
        assert_eq!(found(&[("b", "2"), ("a", "1")]), None, "the order is that of the names");
        assert_eq!(found(&[("a", "12")]), None);
    }
}
