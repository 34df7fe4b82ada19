//! How much a count spreads from moment to moment.
//!
//! What happens within one second, or within one part of a run, may have one cause: a database that was away for a moment
//! fails every request of that moment, and these are one incident, not a hundred. So the run is cut into parts of time, and a
//! count spreads as much as its parts do. Each part counts as much as it had opportunities: the requests that began in it.
//! Source: W. Cochran, Sampling Techniques, chapter 6 (the variance of a ratio).

/// A second, in nanoseconds.
const SECOND: f64 = 1e9;
/// Into so many parts a run is cut. The larger ones show what lasts longer.
const PARTS: [usize; 2] = [20, 10];
/// With fewer seconds than this, seconds are no parts to compare.
const LEAST_SECONDS: f64 = 20.0;
/// Of a run that is longer than so many seconds, the parts are longer.
const MOST_SECONDS: f64 = 3600.0;

/// The time of a run, cut into parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moments {
    start_ns: i64,
    divisions: Vec<Division>,
}

/// One way to cut it.
#[derive(Clone, Debug)]
struct Division {
    length_ns: f64,
    /// The opportunities of each part.
    of: Vec<f64>,
}

/// Something that was counted, at some time or evenly between two times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Happened {
    pub(crate) from_ns: i64,
    pub(crate) to_ns: i64,
    pub(crate) count: f64,
}

impl Moments {
    /// Of a run from one time to another, with the times at which its requests began. Without requests, each moment is as
    /// good an opportunity as another.
    pub(crate) fn of((start_ns, end_ns): (i64, i64), begins: &[i64]) -> Self {
        let length = (end_ns - start_ns) as f64;
        if length <= 0.0 {
            return Self::default();
        }
        let mut lengths: Vec<f64> = PARTS.iter().map(|parts| length / *parts as f64).collect();
        if length >= LEAST_SECONDS * SECOND {
            lengths.push(SECOND.max(length / MOST_SECONDS));
        }
        let division = |length_ns: f64| {
            let parts = (length / length_ns).ceil().max(1.0) as usize;
            let mut division = Division { length_ns, of: vec![if begins.is_empty() { 1.0 } else { 0.0 }; parts] };
            for begin in begins {
                let part = division.part(begin - start_ns);
                division.of[part] += 1.0;
            }
            division
        };
        Self { start_ns, divisions: lengths.into_iter().map(division).collect() }
    }

    /// How many times as much this spreads over the run as events that know nothing of each other; at least once.
    pub(crate) fn dispersion(&self, happened: &[Happened]) -> f64 {
        let one = |division: &Division| {
            let mut counts = vec![0.0; division.of.len()];
            for one in happened {
                division.add(&mut counts, one.from_ns - self.start_ns, one.to_ns - self.start_ns, one.count);
            }
            dispersion(counts.into_iter().zip(division.of.iter().copied()))
        };
        self.divisions.iter().map(one).fold(1.0, f64::max)
    }
}

impl Division {
    /// The part in which something is that is so many nanoseconds after the beginning.
    fn part(&self, after_ns: i64) -> usize {
        ((after_ns.max(0) as f64 / self.length_ns) as usize).min(self.of.len() - 1)
    }

    /// Adds what was counted to the parts during which it was.
    fn add(&self, counts: &mut [f64], from: i64, to: i64, count: f64) {
        let (first, last) = (self.part(from), self.part(to));
        if first >= last {
            counts[last] += count;
            return;
        }
        let (from, to) = (from.max(0) as f64, to as f64);
        for (part, of_part) in counts.iter_mut().enumerate().take(last + 1).skip(first) {
            let begins = from.max(part as f64 * self.length_ns);
            let ends = if part == last { to } else { (part + 1) as f64 * self.length_ns };
            *of_part += count * (ends - begins).max(0.0) / (to - from);
        }
    }
}

/// How far parts are from all having the same rate, each with its count and its opportunities. At least as far as events that
/// know nothing of each other: what never happened otherwise may still do.
pub(crate) fn dispersion(parts: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut number, mut count, mut of) = (0.0, 0.0, 0.0);
    let (mut of_counts, mut of_both, mut of_opportunities) = (0.0, 0.0, 0.0);
    for (counted, opportunities) in parts {
        number += 1.0;
        count += counted;
        of += opportunities;
        of_counts += counted * counted;
        of_both += counted * opportunities;
        of_opportunities += opportunities * opportunities;
    }
    if number < 2.0 || count <= 0.0 || of <= 0.0 {
        return 1.0;
    }
    let rate = count / of;
    let squares = of_counts - 2.0 * rate * of_both + rate * rate * of_opportunities;
    (squares * number / (number - 1.0) / count).max(1.0)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const MINUTE: i64 = 60_000_000_000;

    fn at(ns: i64) -> Happened {
        Happened { from_ns: ns, to_ns: ns, count: 1.0 }
    }

    #[test]
    fn a_burst_spreads_as_one_event_and_scattered_events_as_themselves() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let begins: Vec<i64> = (0..6000).map(|_| random.random_range(0..MINUTE)).collect();
        let moments = Moments::of((0, MINUTE), &begins);
        let scattered: Vec<Happened> = (0..200).map(|_| at(random.random_range(0..MINUTE))).collect();
        assert!(moments.dispersion(&scattered) < 2.5, "{}", moments.dispersion(&scattered));
        for seconds in [1, 2, 5] {
            let burst: Vec<Happened> = (0..200).map(|one| at(20_000_000_000 + one * 5_000_000 * seconds)).collect();
            let incidents = 200.0 / moments.dispersion(&burst);
            assert!(incidents < 3.0, "a burst of {seconds} s counts as {incidents} incidents");
        }
    }

    #[test]
    fn more_load_in_a_part_of_the_run_is_no_incident() {
        // Half of the requests begin in the last tenth, and each fails equally often.
        let begin = |one: i64| if one % 2 == 0 { one * 9_000_000 } else { 54_000_000_000 + one * 1_000_000 };
        let begins: Vec<i64> = (0..6000).map(begin).collect();
        let failed: Vec<Happened> = begins.iter().step_by(31).map(|begin| at(*begin)).collect();
        assert!(Moments::of((0, MINUTE), &begins).dispersion(&failed) < 1.5);
        assert!(Moments::of((0, MINUTE), &[]).dispersion(&failed) > 20.0);
    }

    #[test]
    fn what_was_counted_between_two_times_belongs_to_all_parts_between_them() {
        let moments = Moments::of((0, 20), &[]);
        let whole = Happened { from_ns: 0, to_ns: 20, count: 40.0 };
        assert!((moments.dispersion(&[whole]) - 1.0).abs() < 1e-9);
        let division = &moments.divisions[0];
        let mut counts = vec![0.0; 20];
        division.add(&mut counts, 3, 5, 4.0);
        assert_eq!((counts[2], counts[3], counts[4], counts[5]), (0.0, 2.0, 2.0, 0.0));
        division.add(&mut counts, 30, 40, 1.0);
        assert_eq!(counts[19], 1.0, "what is later than the end belongs to the last part");
    }

    #[test]
    fn a_run_without_length_says_nothing() {
        assert_eq!(Moments::of((5, 5), &[5, 5]).dispersion(&[at(5), at(5)]), 1.0);
        assert_eq!(dispersion([(3.0, 1.0)].into_iter()), 1.0);
    }
}
