//! Shards: how the streams of a selection can be dealt out among several queries of about the same size. Each stream has a
//! fingerprint, and a shard holds the streams whose fingerprints lie within its bounds; the bounds of all shards together
//! cover every fingerprint.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use lab_model::Labels;

use crate::store::select::Selection;

/// How much the streams of a shard have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// How many streams there are.
    pub streams: u64,
    /// How many parts they have, in memory and on disk.
    pub parts: u64,
    /// Bytes of their lines and metadata.
    pub bytes: u64,
    /// How many lines.
    pub entries: u64,
}

impl Load {
    /// What all parts of a selection have.
    pub fn of(selection: &Selection) -> Self {
        by_fingerprint(selection).into_values().fold(Self::default(), Self::and)
    }

    fn and(self, other: Self) -> Self {
        Self {
            streams: self.streams + other.streams,
            parts: self.parts + other.parts,
            bytes: self.bytes + other.bytes,
            entries: self.entries + other.entries,
        }
    }
}

/// The streams with fingerprints from `min` to `max`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The least fingerprint.
    pub min: u64,
    /// The greatest one.
    pub max: u64,
    /// What these streams have.
    pub load: Load,
}

/// Shards of at most `target` bytes, or of one stream that has more.
pub fn shards(selection: &Selection, target: u64) -> Vec<Shard> {
    let mut shards = Vec::new();
    let mut open = Shard { min: 0, max: u64::MAX, load: Load::default() };
    for (fingerprint, load) in by_fingerprint(selection) {
        if open.load.streams > 0 && open.load.bytes.saturating_add(load.bytes) > target {
            open.max = fingerprint - 1;
            shards.push(open);
            open = Shard { min: fingerprint, max: u64::MAX, load: Load::default() };
        }
        open.load = open.load.and(load);
    }
    shards.push(open);
    shards
}

fn by_fingerprint(selection: &Selection) -> BTreeMap<u64, Load> {
    let mut loads: BTreeMap<u64, Load> = BTreeMap::new();
    let fingerprints: Vec<u64> = selection.streams.iter().map(fingerprint).collect();
    let mut seen = vec![false; fingerprints.len()];
    for part in &selection.parts {
        let is_new = !std::mem::replace(&mut seen[part.stream], true);
        let load = Load { streams: u64::from(is_new), parts: 1, bytes: part.bytes, entries: part.entries };
        let known = loads.entry(fingerprints[part.stream]).or_default();
        *known = known.and(load);
    }
    loads
}

fn fingerprint(labels: &Labels) -> u64 {
    let mut hasher = DefaultHasher::new();
    labels.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Entry;
    use crate::store::select::Part;

    fn selection(streams: usize, lines: usize) -> Selection {
        let labels = |at: usize| Labels::from_pairs([("app", format!("a{at}").as_str())]);
        let entries = || (0..lines).map(|at| Entry::new(at as i64, "0123456789")).collect::<Vec<_>>();
        let part = |at| Part::in_memory(at, entries());
        Selection { streams: (0..streams).map(labels).collect(), parts: (0..streams).filter_map(part).collect() }
    }

    #[test]
    fn shards_cover_all_fingerprints_once_and_hold_what_there_is() {
        for (streams, lines, target) in [(0, 0, 1), (1, 5, 1), (7, 3, 60), (40, 2, 100), (40, 2, u64::MAX)] {
            let selection = selection(streams, lines);
            let shards = shards(&selection, target);
            let (first, last) = (shards.first().expect("a shard"), shards.last().expect("a shard"));
            assert_eq!((first.min, last.max), (0, u64::MAX));
            assert!(shards.windows(2).all(|pair| pair[0].max.checked_add(1) == Some(pair[1].min)));
            let all = shards.iter().fold(Load::default(), |all, shard| all.and(shard.load));
            assert_eq!(all, Load::of(&selection));
            assert!(shards.iter().all(|shard| shard.load.streams <= 1 || shard.load.bytes <= target));
            assert_eq!(shards.len() > 1, selection.bytes() > target && streams > 1);
        }
    }
}
