//! How long a dead child waits before it is started again: longer each time, at once again after it
//! has run well for a while.

use std::time::Duration;

/// An exponential back-off which forgets after a stable run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    stable: Duration,
    next: Duration,
}

impl Backoff {
    /// Waits `first`, then twice as long each time up to `longest`; a run of at least `stable` resets.
    pub fn new(first: Duration, longest: Duration, stable: Duration) -> Self {
        Self { first, longest, stable, next: first }
    }

    /// The delay before the next start, given how long the child has run.
    pub fn delay_after(&mut self, ran_for: Duration) -> Duration {
        let delay = if ran_for >= self.stable { self.first } else { self.next };
        self.next = (delay * 2).min(self.longest);
        delay
    }
}

/// 100 ms, doubled up to 10 s, reset by a run of 10 s.
impl Default for Backoff {
    fn default() -> Self {
        Self::new(Duration::from_millis(100), Duration::from_secs(10), Duration::from_secs(10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_a_limit_and_a_stable_run_resets_them() {
        let ms = Duration::from_millis;
        let mut backoff = Backoff::new(ms(100), ms(500), ms(1000));
        let delays: Vec<_> = (0..4).map(|_| backoff.delay_after(ms(10))).collect();
        assert_eq!(delays, [ms(100), ms(200), ms(400), ms(500)]);
        assert_eq!(backoff.delay_after(ms(1000)), ms(100));
        assert_eq!(backoff.delay_after(ms(10)), ms(200));
    }
}
