//! Collecting things by label sets, without building a label set that is known already.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use lab_model::Labels;

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

    /// The thing of these labels (which are sorted here, and without repetition), made if it is new; none if that would
    /// make it more than `most` things.
    pub(crate) fn entry(&mut self, pairs: &mut [(&str, &str)], most: usize) -> Option<&mut T> {
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
                return None;
            }
            known.push(self.all.len());
            self.all.push((Labels::from_pairs(pairs.iter().copied()), T::default()));
            self.all.len() - 1
        };
        self.all.get_mut(at).map(|(_, thing)| thing)
    }
}
