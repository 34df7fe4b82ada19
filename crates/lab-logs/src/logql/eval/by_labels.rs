//! Looking up values by their labels, whose values may be empty; a label set is built only for labels that were not seen before.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use lab_model::{Label, Labels, LabelsBuilder};

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

    /// The value of these labels, which are sorted here and must not repeat a name. Before one is made, `admit` is asked,
    /// with the number of values so far and the bytes that the new one takes.
    pub(crate) fn entry<E>(
        &mut self,
        pairs: &mut [(&str, &str)],
        admit: impl FnOnce(usize, usize) -> Result<(), E>,
    ) -> Result<&mut T, E> {
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
            let text: usize = pairs.iter().map(|(name, value)| name.len() + value.len() + size_of::<Label>()).sum();
            admit(self.all.len(), text + size_of::<(Labels, T)>())?;
            known.push(self.all.len());
            let mut labels = LabelsBuilder::default();
            for (name, value) in pairs.iter() {
                labels.keep(*name, *value);
            }
            self.all.push((labels.build(), T::default()));
            self.all.len() - 1
        };
        Ok(&mut self.all[at].1)
    }
}
