//! Chance that repeats itself: the same seed, the same inputs. And the ways in which any input is changed.

use std::time::{Duration, Instant};

/// Numbers by the xorshift method, which are the same for the same seed.
pub(super) struct Chance(u64);

impl Chance {
    /// The chance of a run; `DICELAB_FUZZ_SEED` repeats one.
    fn of_run() -> Self {
        Self(setting("DICELAB_FUZZ_SEED").unwrap_or(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below the bound.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    /// One of several things.
    pub(super) fn one_of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len())]
    }

    /// One change: a byte, a gap, a repetition, or a piece of another seed.
    pub(super) fn change(&mut self, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        let end = (at + self.below(20)).min(input.len());
        match self.below(5) {
            0 => input.insert(at, self.below(256) as u8),
            1 => drop(input.drain(at..end)),
            2 => {
                let piece = input[at..end].repeat(1 + self.below(40));
                input.splice(at..at, piece);
            }
            3 => {
                let other = &seeds[self.below(seeds.len())];
                let from = self.below(other.len() + 1);
                let to = (from + self.below(40)).min(other.len());
                input.splice(at..end, other[from..to].iter().copied());
            }
            _ => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
        }
    }
}

/// Makes inputs and shows them: as many as `DICELAB_FUZZ_QUERIES` says, or for `DICELAB_FUZZ_SECONDS` (1), but 50 at least.
pub(super) fn rounds<T>(mut make: impl FnMut(&mut Chance) -> T, mut show: impl FnMut(T)) {
    let wanted = setting("DICELAB_FUZZ_QUERIES");
    let time = Duration::from_secs(setting("DICELAB_FUZZ_SECONDS").unwrap_or(1));
    let (mut chance, started, mut rounds) = (Chance::of_run(), Instant::now(), 0_u64);
    let goes_on = |rounds: u64| wanted.map_or(rounds < 50 || started.elapsed() < time, |wanted| rounds < wanted);
    while goes_on(rounds) {
        show(make(&mut chance));
        rounds += 1;
    }
    println!("{rounds} inputs in {} s", started.elapsed().as_secs());
}

/// Shows changed copies of the seeds.
pub(super) fn mutate(seeds: &[Vec<u8>], mut show: impl FnMut(&[u8])) {
    let make = |chance: &mut Chance| {
        let mut input = seeds[chance.below(seeds.len())].clone();
        for _ in 0..=chance.below(6) {
            chance.change(&mut input, seeds);
        }
        input
    };
    rounds(make, |input| show(&input));
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}
