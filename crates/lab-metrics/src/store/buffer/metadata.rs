//! Metadata of all metric families, and which of it is not on disk yet.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use parking_lot::RwLock;

use crate::model::metadata::Metadata;

/// What is known about metric families, by name.
#[derive(Debug, Default)]
pub(crate) struct KnownMetadata(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Row and metadata of each family.
    by_name: HashMap<String, (i64, Metadata)>,
    last_row: i64,
    /// Names whose entry changed since the last commit.
    changed: BTreeSet<String>,
}

/// An entry that goes to disk with the next commit.
#[derive(Clone, Debug)]
pub(crate) struct Changed {
    pub(crate) row: i64,
    pub(crate) name: String,
    pub(crate) metadata: Metadata,
}

impl KnownMetadata {
    /// What was on disk.
    pub(crate) fn new(by_name: HashMap<String, (i64, Metadata)>, last_row: i64) -> Self {
        Self(RwLock::new(Known { by_name, last_row, changed: BTreeSet::new() }))
    }

    /// Takes down an entry; beyond `max` families new ones are ignored.
    pub(crate) fn set(&self, name: &str, metadata: Metadata, max: usize) {
        if self.0.read().by_name.get(name).is_some_and(|(_, known)| *known == metadata) {
            return;
        }
        let mut known = self.0.write();
        let row = match known.by_name.get(name) {
            Some((row, _)) => *row,
            None if known.by_name.len() >= max => return,
            None => {
                known.last_row += 1;
                known.last_row
            }
        };
        known.by_name.insert(name.to_owned(), (row, metadata));
        known.changed.insert(name.to_owned());
    }

    /// All entries, or that of one family.
    pub(crate) fn get(&self, name: Option<&str>) -> BTreeMap<String, Metadata> {
        let known = self.0.read();
        let entry = |(name, (_, metadata)): (&String, &(i64, Metadata))| (name.clone(), metadata.clone());
        match name {
            Some(name) => known.by_name.get_key_value(name).map(entry).into_iter().collect(),
            None => known.by_name.iter().map(entry).collect(),
        }
    }

    /// What changed since the last call.
    pub(crate) fn take_changed(&self) -> Vec<Changed> {
        let mut known = self.0.write();
        let changed = std::mem::take(&mut known.changed);
        let entry = |name: String| {
            let (row, metadata) = known.by_name.get(&name).cloned()?;
            Some(Changed { row, name, metadata })
        };
        changed.into_iter().filter_map(entry).collect()
    }

    /// Says that entries did not get to disk after all.
    pub(crate) fn put_back(&self, entries: Vec<Changed>) {
        self.0.write().changed.extend(entries.into_iter().map(|entry| entry.name));
    }
}
