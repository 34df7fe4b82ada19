//! Which series of two vectors belong together: `on`, `ignoring`, `group_left`, `group_right`, `fill`.

use std::collections::HashMap;

use lab_model::Labels;
use lab_model::labels::METRIC_NAME;

use crate::dialect::{Dialect, MetricNames};
use crate::series::column::Series;

/// How series of two vectors find each other. By default all labels but the metric's name must agree.
#[derive(Clone, Debug, Default)]
pub struct Matching {
    /// `on`: only `labels` count; else (`ignoring`) all but `labels`.
    pub on: bool,
    /// The labels that are named.
    pub labels: Vec<String>,
    /// How many series of a side may share a match group.
    pub cardinality: Cardinality,
    /// Labels of the "one" side that the result takes over (`group_left(…)`).
    pub include: Vec<String>,
    /// The value in place of a missing partner on the left.
    pub fill_left: Option<f64>,
    /// The value in place of a missing partner on the right.
    pub fill_right: Option<f64>,
}

/// How many series of each side may share a match group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cardinality {
    /// One of each side.
    #[default]
    OneToOne,
    /// Many of the left side (`group_left`).
    ManyToOne,
    /// Many of the right side (`group_right`).
    OneToMany,
}

/// Fills are the same if they are written the same: NaN is the same as NaN.
impl PartialEq for Matching {
    fn eq(&self, other: &Self) -> bool {
        let fills = |of: &Self| [of.fill_left, of.fill_right].map(|fill| fill.map(f64::to_bits));
        (self.on, &self.labels, self.cardinality, &self.include)
            == (other.on, &other.labels, other.cardinality, &other.include)
            && fills(self) == fills(other)
    }
}

impl Matching {
    /// True if the label is named.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.labels.iter().any(|label| label == name)
    }

    /// The labels by which a series is matched.
    pub(crate) fn signature(&self, dialect: Dialect, labels: &Labels) -> Labels {
        let is_name = |name: &str| dialect.names != MetricNames::Kept && name == METRIC_NAME;
        labels.filtered(|name| if self.on { self.names(name) } else { !self.names(name) && !is_name(name) })
    }
}

/// The series of two vectors that share a signature, by their places.
#[derive(Debug)]
pub(crate) struct Group {
    /// The labels that they share.
    pub(crate) signature: Labels,
    /// Series of the side that may have many.
    pub(crate) many: Vec<usize>,
    /// Series of the other side.
    pub(crate) one: Vec<usize>,
}

/// The match groups, in the order of their first series.
pub(crate) fn groups(matching: &Matching, dialect: Dialect, many: &[Series], one: &[Series]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_signature: HashMap<Labels, usize> = HashMap::new();
    let mut place = |groups: &mut Vec<Group>, labels: &Labels| {
        let signature = matching.signature(dialect, labels);
        *by_signature.entry(signature.clone()).or_insert_with(|| {
            groups.push(Group { signature, many: Vec::new(), one: Vec::new() });
            groups.len() - 1
        })
    };
    for (at, series) in many.iter().enumerate() {
        let group = place(&mut groups, &series.labels);
        groups[group].many.push(at);
    }
    for (at, series) in one.iter().enumerate() {
        let group = place(&mut groups, &series.labels);
        groups[group].one.push(at);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fill_of_nan_is_the_same_as_itself() {
        let filled = |left| Matching { fill_left: Some(left), ..Matching::default() };
        assert_eq!(filled(f64::NAN), filled(f64::NAN));
        assert_ne!(filled(0.0), filled(-0.0));
        assert_ne!(filled(1.0), Matching::default());
    }
}
