//! What happens to a roll: its delay, and the face it shows or that it fails.
//!
//! A pure function of (seed, die, ordinal of the request, index of the roll). The four are put side by
//! side as the 256-bit key of a `ChaCha8` generator, each as 64 bits, little endian:
//!
//! | bytes | content |
//! |---|---|
//! | 0–7 | the seed |
//! | 8–15 | ordinal of the request in this process, from 0 |
//! | 16–23 | index of the roll within its batch; 0 for a single roll |
//! | 24–31 | FNV-1a hash of the die's name |
//!
//! The generator's first three 64-bit words then decide delay, failure and face, in this order. Different
//! keys give independent streams, so no roll knows of its neighbours, and no order of tasks matters.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::dice::die::Specification;

/// One roll's future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// How long the die is in the air: uniform in [0, the longest delay).
    pub delay: Duration,
    /// The face that it will show; `None` if the die fails.
    pub face: Option<i64>,
}

/// The source of all fates of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fates {
    seed: u64,
    ordinal: u64,
    max_delay: Duration,
}

impl Fates {
    /// The fates of request number `ordinal`; a `max_delay` of zero means that no roll waits.
    pub fn new(seed: u64, ordinal: u64, max_delay: Duration) -> Self {
        Self { seed, ordinal, max_delay }
    }

    /// Decides roll `index` of the die called `name`.
    pub fn decide(&self, name: &str, die: &Specification, index: usize) -> Fate {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..16].copy_from_slice(&self.ordinal.to_le_bytes());
        key[16..24].copy_from_slice(&(index as u64).to_le_bytes());
        key[24..].copy_from_slice(&fnv1a(name).to_le_bytes());
        let mut words = ChaCha8Rng::from_seed(key);
        let (delay, failure, face) = (words.next_u64(), words.next_u64(), words.next_u64());
        Fate {
            delay: self.max_delay.mul_f64(unit(delay)),
            face: (unit(failure) >= die.error_rate()).then(|| die.faces()[below(face, die.faces().len())]),
        }
    }
}

/// A word as a number in [0, 1): its upper 53 bits.
fn unit(word: u64) -> f64 {
    (word >> 11) as f64 / (1_u64 << 53) as f64
}

/// A word as an index below `count`, by multiplication; the bias is below count / 2⁶⁴.
fn below(word: u64, count: usize) -> usize {
    ((u128::from(word) * count as u128) >> 64) as usize
}

/// The 64-bit FNV-1a hash: the same on every machine and in every version.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn die(faces: &[i64], error_rate: f64) -> Specification {
        Specification::new(faces.to_vec(), error_rate).expect("a die")
    }

    /// What a seed gives must not change between versions: people write seeds down.
    #[test]
    fn a_seed_keeps_its_dice() {
        let fates = Fates::new(42, 7, Duration::from_secs(1));
        let fair = die(&[1, 2, 3, 4, 5, 6], 0.0);
        let shown: Vec<_> = (0..10).filter_map(|index| fates.decide("fair", &fair, index).face).collect();
        assert_eq!(shown, [6, 2, 5, 6, 1, 2, 2, 3, 4, 5]);
        assert_eq!(fnv1a("fair"), 0xef01_4879_1679_c633);
    }

    #[test]
    fn faces_failures_and_delays_are_uniform() {
        let fates = Fates::new(1, 0, Duration::from_secs(1));
        let risky = die(&[2, 3, 4, 5, 6, 7], 0.1);
        let rolls: Vec<_> = (0..60_000).map(|index| fates.decide("risky", &risky, index)).collect();
        let failed = rolls.iter().filter(|fate| fate.face.is_none()).count();
        assert!((5_700..6_300).contains(&failed), "{failed}");
        for face in 2..=7 {
            let shown = rolls.iter().filter(|fate| fate.face == Some(face)).count();
            assert!((8_700..9_300).contains(&shown), "{face}: {shown}");
        }
        let mean = rolls.iter().map(|fate| fate.delay.as_secs_f64()).sum::<f64>() / rolls.len() as f64;
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
    }

    #[test]
    fn every_part_of_the_key_matters() {
        let fair = die(&[1, 2, 3, 4, 5, 6], 0.0);
        let second = Duration::from_secs(1);
        let delays: HashSet<_> = [
            Fates::new(0, 0, second).decide("fair", &fair, 0),
            Fates::new(1, 0, second).decide("fair", &fair, 0),
            Fates::new(0, 1, second).decide("fair", &fair, 0),
            Fates::new(0, 0, second).decide("fair", &fair, 1),
            Fates::new(0, 0, second).decide("rich", &fair, 0),
        ]
        .map(|fate| fate.delay)
        .into();
        assert_eq!(delays.len(), 5);
    }

    proptest! {
        #[test]
        fn a_roll_is_repeatable_and_within_its_die(
            seed: u64, ordinal: u64, index in 0_usize..1000, name in ".{0,20}", rate in 0.0..=1.0,
            faces in prop::collection::vec(any::<i64>(), 1..20), delay_ms in 0_u64..5_000,
        ) {
            let (max_delay, die) = (Duration::from_millis(delay_ms), die(&faces, rate));
            let fate = Fates::new(seed, ordinal, max_delay).decide(&name, &die, index);
            prop_assert_eq!(fate, Fates::new(seed, ordinal, max_delay).decide(&name, &die, index));
            prop_assert!(fate.delay < max_delay || max_delay.is_zero() && fate.delay.is_zero());
            prop_assert!(fate.face.is_none_or(|face| faces.contains(&face)));
        }

        #[test]
        fn rates_of_zero_and_one_are_certain(seed: u64, ordinal: u64, index in 0_usize..1000) {
            let fates = Fates::new(seed, ordinal, Duration::ZERO);
            prop_assert!(fates.decide("never", &die(&[1], 0.0), index).face.is_some());
            prop_assert!(fates.decide("always", &die(&[1], 1.0), index).face.is_none());
        }
    }
}
