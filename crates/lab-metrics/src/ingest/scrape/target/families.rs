//! What a target says about its metric families. Two targets may say different things about the same family, so each has its
//! own memory beside the one of the store.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::metadata::Metadata;

/// A family of which so many scrapes in a row say nothing is forgotten.
const MEMORY: u64 = 10;
/// Bytes of names and texts that are remembered of a target.
const MAX_BYTES: usize = 4 << 20;

/// What is remembered from scrape to scrape.
#[derive(Debug, Default)]
pub(crate) struct Families(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    /// Each family with the number of the last scrape that described it.
    by_name: BTreeMap<String, (Metadata, u64)>,
    round: u64,
}

impl Families {
    /// Takes down what a scrape said; a failed one says nothing.
    pub(crate) fn note(&self, said: &HashMap<Cow<'_, str>, Metadata>) {
        let mut remembered = self.lock();
        remembered.round += 1;
        let round = remembered.round;
        remembered.by_name.retain(|_, (_, seen)| round - *seen < MEMORY);
        let mut bytes: usize = remembered.by_name.iter().map(|(name, (metadata, _))| size(name, metadata)).sum();
        for (name, metadata) in said {
            if let Some(known) = remembered.by_name.get_mut(&**name).filter(|(known, _)| known == metadata) {
                known.1 = round;
                continue;
            }
            bytes += size(name, metadata);
            if bytes <= MAX_BYTES {
                remembered.by_name.insert(name.clone().into_owned(), (metadata.clone(), round));
            }
        }
    }

    /// All families, or the one with this name.
    pub(crate) fn find(&self, name: Option<&str>) -> Vec<(String, Metadata)> {
        let remembered = self.lock();
        let entry = |(name, (metadata, _)): (&String, &(Metadata, u64))| (name.clone(), metadata.clone());
        match name {
            Some(name) => remembered.by_name.get_key_value(name).map(entry).into_iter().collect(),
            None => remembered.by_name.iter().map(entry).collect(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn size(name: &str, metadata: &Metadata) -> usize {
    name.len() + metadata.help.len() + metadata.unit.len() + size_of::<Metadata>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &'static str, help: &str) -> HashMap<Cow<'static, str>, Metadata> {
        [(name.into(), Metadata { help: help.to_owned(), ..Metadata::default() })].into()
    }

    #[test]
    fn what_is_no_longer_said_is_forgotten_after_some_scrapes() {
        let families = Families::default();
        families.note(&said("a", "old"));
        families.note(&said("a", "new"));
        assert_eq!(families.find(Some("a"))[0].1.help, "new");
        for _ in 1..MEMORY {
            families.note(&HashMap::new());
            assert_eq!(families.find(None).len(), 1);
        }
        families.note(&HashMap::new());
        assert_eq!(families.find(None), []);
    }

    #[test]
    fn memory_is_bounded() {
        let families = Families::default();
        let long = "x".repeat(MAX_BYTES / 2);
        for name in ["a", "b", "c"] {
            families.note(&said(name, &long));
        }
        assert_eq!(families.find(None).len(), 1, "half of the memory and a little more each");
    }
}
