//! When requests are due at a fixed rate, however long answers take.

use std::time::Duration;

use tokio::time::Instant;

/// A schedule of instants, evenly spaced. A request that is sent late does not move the ones after it, so
/// that a slow service cannot slow down its own measurement (coordinated omission).
#[derive(Debug)]
pub(crate) struct Pacer {
    start: Instant,
    per_second: f64,
    next: u64,
}

impl Pacer {
    /// A schedule that begins now; `per_second` is above 0.
    pub(crate) fn new(per_second: f64) -> Self {
        Self { start: Instant::now(), per_second, next: 0 }
    }

    /// Waits for the next request to become due and returns when that was. If the caller is late, there is
    /// no wait. Cancel-safe: a wait given up leaves the schedule as it was.
    pub(crate) async fn due(&mut self) -> Instant {
        // From the start each time, so that rounding does not add up.
        let due = self.start + Duration::from_secs_f64(self.next as f64 / self.per_second);
        tokio::time::sleep_until(due).await;
        self.next += 1;
        due
    }

    /// Moves all that is still to come, after a pause in which nothing was to be sent.
    pub(crate) fn postpone(&mut self, by: Duration) {
        self.start += by;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_are_due_at_an_even_rate() {
        let start = Instant::now();
        let mut pacer = Pacer::new(10.0);
        for expected in [0, 100, 200, 300] {
            let due = pacer.due().await;
            assert_eq!((due - start).as_millis(), expected);
            assert!(Instant::now() >= due);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn being_late_does_not_move_the_schedule() {
        let start = Instant::now();
        let mut pacer = Pacer::new(10.0);
        pacer.due().await;
        tokio::time::advance(Duration::from_millis(450)).await;
        for expected in [100, 200, 300, 400] {
            assert_eq!((pacer.due().await - start).as_millis(), expected);
            assert_eq!((Instant::now() - start).as_millis(), 450, "overdue requests are sent at once");
        }
        assert_eq!((pacer.due().await - start).as_millis(), 500);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_moves_the_rest_of_the_schedule() {
        let start = Instant::now();
        let mut pacer = Pacer::new(10.0);
        pacer.due().await;
        tokio::time::advance(Duration::from_secs(60)).await;
        pacer.postpone(Duration::from_secs(60));
        assert_eq!((pacer.due().await - start).as_millis(), 60_100);
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_run_does_not_drift() {
        let mut pacer = Pacer::new(3.0);
        let start = Instant::now();
        for _ in 0..30_000 {
            pacer.due().await;
        }
        assert_eq!((pacer.due().await - start).as_secs(), 10_000);
    }
}
