//! Values of the metric side: series over the steps of a query, and collecting values by their labels.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use lab_model::Labels;

use crate::logql::error::QueryError;

/// A series: a value, or none, at each step.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it is called.
    pub labels: Labels,
    /// One per step.
    pub values: Vec<Option<f64>>,
}

/// What an expression comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The same number at every step.
    Scalar(f64),
    /// Series.
    Vector(Vec<Series>),
}

/// Things by labels, found without building the labels when they are known.
#[derive(Debug)]
pub(crate) struct ByLabels<T> {
    hasher: RandomState,
    found: HashMap<u64, Vec<usize>>,
    pub(crate) all: Vec<(Labels, T)>,
}

impl<T: Default> ByLabels<T> {
    pub(crate) fn new() -> Self {
        Self { hasher: RandomState::new(), found: HashMap::new(), all: Vec::new() }
    }

    /// The thing of these labels (which are sorted here, and without repetition), made if it is new; the limit
    /// bounds how many there may be.
    pub(crate) fn entry(&mut self, pairs: &mut [(&str, &str)], most: usize) -> Result<&mut T, QueryError> {
        pairs.sort_unstable();
        let hash = self.hasher.hash_one(&*pairs);
        let known = self.found.entry(hash).or_default();
        let same = |labels: &Labels| {
            labels.len() == pairs.len()
                && labels.iter().zip(pairs.iter()).all(|(label, pair)| (&*label.name, &*label.value) == *pair)
        };
        let at = if let Some(at) = known.iter().find(|at| same(&self.all[**at].0)) {
            *at
        } else {
            if self.all.len() >= most {
                return Err(too_many(most));
            }
            known.push(self.all.len());
            self.all.push((Labels::from_pairs(pairs.iter().copied()), T::default()));
            self.all.len() - 1
        };
        Ok(&mut self.all[at].1)
    }
}

/// The error of too many series.
pub(crate) fn too_many(most: usize) -> QueryError {
    QueryError::Limit(format!(
        "maximum number of series ({most}) reached for a single query; consider reducing query cardinality by adding \
         more specific stream selectors, reducing the time range, or aggregating results with functions like sum(), \
         count() or topk()"
    ))
}
