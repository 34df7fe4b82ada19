//! What waiting for a processor may have done to durations.
//!
//! A machine that is busy in one of two runs makes everything slower in it, for the whole run, and no interval that is drawn
//! from within a run knows that. But the run file says in which part of the run some thread of the program waited for a
//! processor (or of the machine, where only that is known), which bounds how much longer a span may have taken. An effect
//! within that bound is no change of the program.

use crate::compare::side::Side;
use crate::compare::statistics::bootstrap::{Effect, Statistic};

/// Where programs wait for a larger part of the run, durations are those of the machine.
const MOST: f64 = 0.5;
/// So long a span may wait for a processor in one go, in seconds: some slices of Linux' scheduler.
const ONE_WAIT: f64 = 0.02;

/// The part of each run in which some program waited, where that is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    before: f64,
    after: f64,
    /// The smallest difference of a duration that is told, in seconds.
    least_seconds: f64,
}

impl Waiting {
    pub(crate) fn of(before: &Side, after: &Side, least_seconds: f64) -> Self {
        let waited = |side: &Side| side.waited.unwrap_or_default().clamp(0.0, 1.0);
        Self { before: waited(before), after: waited(after), least_seconds }
    }

    fn most(&self) -> f64 {
        self.before.max(self.after)
    }

    /// A quantile is that of the machine where more spans may have waited than half of those beyond it.
    pub(crate) fn lets_compare(&self, statistic: Statistic) -> bool {
        match statistic {
            Statistic::Mean => self.most() <= MOST,
            Statistic::Quantile(part) => self.most() <= (1.0 - part) / 2.0,
        }
    }

    /// Whether an effect lies within what waiting may have done. Spans whose time passes as long as programs wait may be
    /// longer by the part of the time that was waited; short spans by a whole wait, as often as one met them.
    pub(crate) fn explains(&self, effect: &Effect) -> bool {
        let seconds = (effect.values.1 - effect.values.0).abs();
        if seconds < self.least_seconds + ONE_WAIT * self.most() {
            return true;
        }
        // What both runs waited is alike at least by half.
        let beyond = |one: f64, other: f64| (one - other.min(one) / 2.0).min(MOST);
        let slower_machine = 1.0 / (1.0 - beyond(self.after, self.before)) - 1.0;
        let faster_machine = -beyond(self.before, self.after);
        effect.interval.0 <= slower_machine && effect.interval.1 >= faster_machine
    }

    /// Why durations, or some quantiles of them, say nothing of these runs, if they do not.
    pub(crate) fn note(&self) -> Option<String> {
        let percent = |part: f64| format!("{:.0} %", part * 100.0);
        let which = match (self.before > MOST, self.after > MOST) {
            (true, true) => Some(("both runs", self.before.min(self.after))),
            (true, false) => Some(("the former run", self.before)),
            (false, true) => Some(("the later run", self.after)),
            (false, false) => None,
        };
        if let Some((which, waited)) = which {
            return Some(format!(
                "latency was not compared: in {} of the time of {which} programs waited for a processor, so \
                 that durations tell more about the machine than about the program",
                percent(waited)
            ));
        }
        let left_out = |part: f64| !self.lets_compare(Statistic::Quantile(part));
        let quantiles = match (left_out(0.5), left_out(0.95)) {
            (false, false) => return None,
            (false, true) => "p95 was",
            (true, _) => "p50 and p95 were",
        };
        Some(format!(
            "{quantiles} not compared: in up to {} of the time programs waited for a processor; changes of \
             the mean are told only beyond what that may have done",
            percent(self.most())
        ))
    }

    /// Whether durations are compared at all.
    pub(crate) fn is_too_much(&self) -> bool {
        !self.lets_compare(Statistic::Mean)
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::compare::statistics::bootstrap::effect;
    use crate::compare::statistics::deviates::Sureness;

    const SURE: Sureness = Sureness { error: 2e-5, least: 0.1 };
    const STATISTICS: [Statistic; 3] = [Statistic::Mean, Statistic::Quantile(0.5), Statistic::Quantile(0.95)];

    /// Durations of a program that takes up to so many seconds, where a part of the time waits for a processor: each span
    /// meets waits as often as its length and the part make it, and short ones at their end.
    fn run(seed: u64, most: f64, waited: f64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut one = || {
            let own = random.random_range(0.0..most) + 1e-4;
            let whole_waits = (0..=(own / ONE_WAIT) as usize).filter(|_| random.random_range(0.0..1.0) < waited);
            let whole_waits = whole_waits.count() as f64;
            own + whole_waits * random.random_range(0.0..ONE_WAIT)
        };
        (0..1000).map(|_| one()).collect()
    }

    fn told(before: (f64, f64), after: (f64, f64), seed: u64) -> bool {
        let waiting = Waiting { before: before.1, after: after.1, least_seconds: 0.001 };
        let (before, after) = (run(seed, before.0, before.1), run(seed + 1000, after.0, after.1));
        STATISTICS
            .into_iter()
            .filter(|statistic| waiting.lets_compare(*statistic))
            .any(|statistic| effect(statistic, &before, &after, SURE).is_some_and(|effect| !waiting.explains(&effect)))
    }

    #[test]
    fn equal_programs_on_a_machine_that_is_busier_than_before_are_no_change() {
        for seed in 0..6 {
            for (was, is) in [(0.0, 0.02), (0.01, 0.1), (0.1, 0.01), (0.05, 0.2), (0.3, 0.0), (0.0, 0.45)] {
                for most in [0.05, 0.0005] {
                    assert!(!told((most, was), (most, is), seed), "{most} s, {was} and {is} waited, seed {seed}");
                }
            }
        }
    }

    #[test]
    fn a_fifth_more_is_found_where_little_is_waited() {
        // Twenty seeds; where something is waited, the effect has to be beyond that, too.
        for (was, is, least) in [(0.0, 0.0, 19), (0.02, 0.03, 15)] {
            let found = (0..20).filter(|seed| told((0.05, was), (0.06, is), *seed)).count();
            assert!(found >= least, "{found} of 20 with {was} and {is} waited");
        }
        assert!((0..5).all(|seed| told((0.05, 0.2), (0.1, 0.2), seed)), "and twice as much where more is waited");
    }
}
