//! A small Bloom filter of the trace ids in a chunk, so that a search for one trace over a long time skips
//! the chunks that cannot hold it.

use std::collections::HashSet;

use crate::record::Entry;

/// The structured metadata that is filtered.
pub(crate) const TRACE_ID: &str = "trace_id";
/// Bits per distinct id: with three probes about three false alarms in a hundred.
const BITS_PER_ID: usize = 8;
const PROBES: u64 = 3;

/// The filter of some entries; empty if none has a trace id.
pub(crate) fn build(entries: &[Entry]) -> Vec<u8> {
    let ids: HashSet<&str> = entries.iter().filter_map(|entry| entry.metadata.get(TRACE_ID)).collect();
    if ids.is_empty() {
        return Vec::new();
    }
    let mut filter = vec![0_u8; (ids.len() * BITS_PER_ID).div_ceil(8).next_power_of_two()];
    for id in ids {
        for bit in bits(id, filter.len()) {
            filter[bit / 8] |= 1 << (bit % 8);
        }
    }
    filter
}

/// False if the chunk of this filter surely has no line of the trace.
pub(crate) fn may_hold(filter: &[u8], trace_id: &str) -> bool {
    !filter.is_empty() && bits(trace_id, filter.len()).all(|bit| filter[bit / 8] & (1 << (bit % 8)) != 0)
}

/// FNV-1a, because filters on disk outlive the build: the hasher of `std` makes no promise across releases.
fn bits(id: &str, bytes: usize) -> impl Iterator<Item = usize> {
    let hash =
        id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let step = (hash >> 32) | 1;
    (0..PROBES).map(move |probe| (hash.wrapping_add(step.wrapping_mul(probe)) % (bytes as u64 * 8)) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_model::Labels;

    #[test]
    fn ids_are_found_and_most_others_are_not() {
        let entry = |id: u32| {
            Entry::new(0, "")
                .with_metadata(Labels::from_pairs([(TRACE_ID, format!("{:032x}", id.wrapping_mul(0x9e37_79b9)))]))
        };
        let entries: Vec<Entry> = (0..500).map(entry).collect();
        let filter = build(&entries);
        let hold = |id: u32| may_hold(&filter, entry(id).metadata.get(TRACE_ID).expect("set"));
        assert!((0..500).all(hold));
        let false_alarms = (500..10_500).filter(|id| hold(*id)).count();
        assert!(false_alarms < 1_000, "{false_alarms} of 10000");
        assert!(!may_hold(&build(&[Entry::new(0, "")]), "x"));
    }
}
