//! Which traces may have fragments on disk: Bloom filters, so that an arriving trace that is new, as almost every one is,
//! is not looked for there.

use std::collections::VecDeque;

use crate::id::TraceId;

/// Fragments of one filter.
const FRAGMENTS: usize = 1 << 16;
/// Bits of one filter: sixteen a fragment, of which a trace has six; about one in a thousand others passes.
const BITS: usize = FRAGMENTS * 16;
const PROBES: u64 = 6;

/// The filters, those of the oldest fragments first.
#[derive(Debug, Default)]
pub(crate) struct StoredTraces {
    filters: VecDeque<Filter>,
}

#[derive(Debug)]
struct Filter {
    words: Box<[u64]>,
    fragments: usize,
    /// The largest number of a fragment in it.
    last: i64,
}

impl StoredTraces {
    /// Notes a fragment with its number in the database.
    pub(crate) fn add(&mut self, trace: TraceId, fragment: i64) {
        if self.filters.back().is_none_or(|filter| filter.fragments >= FRAGMENTS) {
            self.filters.push_back(Filter { words: vec![0; BITS / 64].into(), fragments: 0, last: i64::MIN });
        }
        if let Some(filter) = self.filters.back_mut() {
            for bit in bits(trace) {
                filter.words[bit / 64] |= 1 << (bit % 64);
            }
            filter.fragments += 1;
            filter.last = filter.last.max(fragment);
        }
    }

    /// False if the trace surely has no fragment on disk.
    pub(crate) fn may_hold(&self, trace: TraceId) -> bool {
        self.filters.iter().any(|filter| bits(trace).all(|bit| filter.words[bit / 64] & 1 << (bit % 64) != 0))
    }

    /// Forgets fragments with numbers below this one, as far as whole filters have no others.
    pub(crate) fn forget_before(&mut self, fragment: i64) {
        // The last filter is still being filled.
        while self.filters.len() > 1 && self.filters.front().is_some_and(|filter| filter.last < fragment) {
            self.filters.pop_front();
        }
    }
}

/// The halves of an id are random in almost every system; where they are not, the mixing spreads them.
fn bits(TraceId(id): TraceId) -> impl Iterator<Item = usize> {
    let id = u128::from_le_bytes(id);
    let product = (id as u64 ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xff51_afd7_ed55_8ccd) ^ (id >> 64) as u64;
    let mixed = (product ^ product >> 32).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    let (hash, step) = (mixed ^ mixed >> 29, (mixed >> 32) | 1);
    (0..PROBES).map(move |probe| (hash.wrapping_add(step.wrapping_mul(probe)) % BITS as u64) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids that count, as bad ones do.
    fn id(number: u32) -> TraceId {
        TraceId((u128::from(number) << 64 | 7).to_be_bytes())
    }

    #[test]
    fn what_was_added_is_found_and_few_others_are() {
        let mut stored = StoredTraces::default();
        for number in 0..100_000 {
            stored.add(id(number), i64::from(number));
        }
        assert!((0..100_000).all(|number| stored.may_hold(id(number))));
        let others = (100_000..200_000).filter(|number| stored.may_hold(id(*number))).count();
        assert!(others < 500, "{others} of 100000");
    }

    #[test]
    fn filters_go_when_their_fragments_have_gone() {
        let mut stored = StoredTraces::default();
        for number in 0..100_000 {
            stored.add(id(number), i64::from(number));
        }
        stored.forget_before(60_000);
        assert!(stored.may_hold(id(3)), "fragment 60,000 is in the same filter");
        stored.forget_before(70_000);
        assert!(!stored.may_hold(id(3)) && stored.may_hold(id(99_999)));
    }
}
