//! A small Bloom filter per fragment: which texts occur in it, so that a search reads only the fragments
//! that can match. It never denies what is there; about one in ten of the others passes too.

/// Bits per summary. A trace of 17 spans has around a hundred different attribute values.
const BITS: u64 = 512;
/// Bytes per summary.
const BYTES: usize = (BITS / 8) as usize;
/// What stands before a stored summary. Those of earlier versions have no such byte, and know nothing of texts in lists.
const VERSION: u8 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Summary([u64; BYTES / 8]);

/// One thing that a fragment can contain, as a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trait(u64);

impl Trait {
    /// A span named `name`.
    pub fn name(name: &str) -> Self {
        Self(hash(1, name.as_bytes()))
    }

    /// A span whose status is an error.
    pub fn error() -> Self {
        Self(hash(2, b""))
    }

    /// An attribute, of whatever scope, with a text value.
    pub fn text(key: &str, value: &str) -> Self {
        Self(hash(hash(3, key.as_bytes()), value.as_bytes()))
    }
}

impl Summary {
    /// The summary of nothing.
    pub(crate) const EMPTY: Self = Self([0; BYTES / 8]);

    /// Notes that something occurs.
    pub(crate) fn add(&mut self, what: Trait) {
        for bit in bits(what) {
            self.0[(bit / 64) as usize] |= 1 << (bit % 64);
        }
    }

    /// Notes all that another summary has.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine |= theirs;
        }
    }

    /// False only if it certainly does not occur.
    pub(crate) fn may_hold(&self, what: Trait) -> bool {
        bits(what).into_iter().all(|bit| self.0[(bit / 64) as usize] & 1 << (bit % 64) != 0)
    }

    /// The version, and the bits.
    pub(crate) fn to_bytes(self) -> [u8; BYTES + 1] {
        let mut bytes = [VERSION; BYTES + 1];
        for (chunk, word) in bytes[1..].chunks_exact_mut(8).zip(self.0) {
            chunk.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// As read back; of another version nothing is known, so everything may be there.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let mut words = [u64::MAX; BYTES / 8];
        if let Some((&VERSION, bytes)) = bytes.split_first()
            && bytes.len() == BYTES
        {
            for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(8)) {
                *word = chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            }
        }
        Self(words)
    }
}

fn bits(what: Trait) -> [u64; 2] {
    [what.0 % BITS, (what.0 >> 32) % BITS]
}

/// A multiply-and-fold hash, eight bytes at a time; it is stored, so it must not change.
fn hash(seed: u64, bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |state: u64, word: u64| {
        let product = u128::from(state ^ word) * u128::from(FACTOR);
        (product as u64) ^ (product >> 64) as u64
    };
    let mut state = mix(seed ^ FACTOR, bytes.len() as u64);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        state = mix(state.wrapping_add(FACTOR), chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
    let rest = chunks.remainder().iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    mix(state.wrapping_add(FACTOR), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_found_also_after_storing() {
        let mut summary = Summary::EMPTY;
        for number in 0..60 {
            summary.add(Trait::text("key", &number.to_string()));
        }
        summary.add(Trait::name("async_roll"));
        let summary = Summary::from_bytes(&summary.to_bytes());
        assert!(summary.may_hold(Trait::name("async_roll")) && !summary.may_hold(Trait::error()));
        let of_an_earlier_version = Summary::from_bytes(&summary.to_bytes()[1..]);
        assert!(of_an_earlier_version.may_hold(Trait::error()), "what it does not know of may be there");
        assert!((0..60).all(|number| summary.may_hold(Trait::text("key", &number.to_string()))));
    }

    #[test]
    fn few_others_pass() {
        let mut summary = Summary::EMPTY;
        for number in 0..100 {
            summary.add(Trait::text("key", &number.to_string()));
        }
        let passed = (1000..2000).filter(|number| summary.may_hold(Trait::text("key", &number.to_string()))).count();
        assert!(passed < 200, "{passed} of 1000");
    }
}
