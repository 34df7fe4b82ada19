//! Metadata of all metric families, and which of it is not on disk yet.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock};

use crate::store::metadata::Metadata;

/// What is known about metric families, by name.
#[derive(Debug, Default)]
pub(crate) struct KnownMetadata(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    by_name: HashMap<String, Metadata>,
    /// Names whose entry changed since the last commit.
    changed: BTreeSet<String>,
}

impl KnownMetadata {
    /// What was on disk.
    pub(crate) fn new(by_name: HashMap<String, Metadata>) -> Self {
        Self(RwLock::new(Known { by_name, changed: BTreeSet::new() }))
    }

    /// Takes down an entry; beyond `max` families new ones are ignored.
    pub(crate) fn set(&self, name: &str, metadata: Metadata, max: usize) {
        if self.0.read().unwrap_or_else(PoisonError::into_inner).by_name.get(name) == Some(&metadata) {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.by_name.len() < max || known.by_name.contains_key(name) {
            known.by_name.insert(name.to_owned(), metadata);
            known.changed.insert(name.to_owned());
        }
    }

    /// All entries, or that of one family.
    pub(crate) fn get(&self, name: Option<&str>) -> BTreeMap<String, Metadata> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match name {
            Some(name) => known.by_name.get_key_value(name).map(|(n, m)| (n.clone(), m.clone())).into_iter().collect(),
            None => known.by_name.iter().map(|(name, metadata)| (name.clone(), metadata.clone())).collect(),
        }
    }

    /// What changed since the last call.
    pub(crate) fn take_changed(&self) -> Vec<(String, Metadata)> {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let changed = std::mem::take(&mut known.changed);
        let entry = |name: String| known.by_name.get(&name).cloned().map(|metadata| (name, metadata));
        changed.into_iter().filter_map(entry).collect()
    }

    /// Says that entries did not get to disk after all.
    pub(crate) fn mark_changed(&self, entries: Vec<(String, Metadata)>) {
        let names = entries.into_iter().map(|(name, _)| name);
        self.0.write().unwrap_or_else(PoisonError::into_inner).changed.extend(names);
    }
}
