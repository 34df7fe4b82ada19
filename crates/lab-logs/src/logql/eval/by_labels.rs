//! Looking up values by their labels; a label set is built only for labels that were not seen before.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use lab_model::Labels;

/// One value for each label set.
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

    /// The value of these labels, which are sorted here and must not repeat a name. A value that is new is created, unless
    /// there are `most` values already: then the answer is none.
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
