//! The table of strategies, on a scripted clock: whoever acts at one time moves the clock on to the next.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;

use super::*;

/// What a scripted roll does at its time.
#[derive(Debug, Clone, Copy)]
enum Script {
    Show(i64),
    Fail,
    Panic,
}
use Script::{Fail, Panic, Show};

/// Milliseconds since `zero`, and the times at which something happens.
#[derive(Clone)]
struct Clock {
    zero: Instant,
    now: Arc<watch::Sender<u64>>,
    times: Arc<Vec<u64>>,
}

impl Clock {
    fn new(mut times: Vec<u64>) -> Self {
        times.sort_unstable();
        Self { zero: Instant::now(), now: Arc::new(watch::Sender::new(times[0])), times: Arc::new(times) }
    }

    async fn reach(&self, ms: u64) {
        self.now.subscribe().wait_for(|now| *now >= ms).await.expect("a clock");
    }

    fn advance(&self) {
        self.now.send_modify(|now| *now = self.times.iter().copied().find(|time| time > now).unwrap_or(*now));
    }

    fn now(&self) -> Instant {
        self.zero + Duration::from_millis(*self.now.borrow())
    }

    async fn roll(self, ms: u64, script: Script, cancel: CancellationToken) -> Roll {
        let began = self.zero;
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Roll { end: RollEnd::Cancelled, began, ended: self.now() },
            () = self.reach(ms) => {}
        }
        let ended = self.now();
        let end = match script {
            Show(face) => RollEnd::Success(face),
            Fail => RollEnd::Error,
            Panic => {
                self.advance();
                panic!("a scripted panic")
            }
        };
        // A failure that cancels its siblings must do so before their time comes.
        let clock = self.clone();
        tokio::spawn(async move { clock.advance() });
        Roll { end, began, ended }
    }
}

/// Runs a script of (milliseconds, what then); the client leaves at `leaves`.
async fn play(strategy: Strategy, script: &[(u64, Script)], leaves: Option<u64>) -> Batch {
    let clock = Clock::new(script.iter().map(|(ms, _)| *ms).chain(leaves).collect());
    let cancel = CancellationToken::new();
    let batch = run(strategy, script.len(), &cancel, |index, cancel| {
        clock.clone().roll(script[index].0, script[index].1, cancel)
    });
    let leave = async {
        if let Some(ms) = leaves {
            clock.reach(ms).await;
            cancel.cancel();
        }
    };
    tokio::join!(batch, leave).0
}

fn ends(batch: &Batch) -> Vec<RollEnd> {
    batch.rolls.iter().map(|roll| roll.end).collect()
}

const C: RollEnd = RollEnd::Cancelled;
const E: RollEnd = RollEnd::Error;

fn s(face: i64) -> RollEnd {
    RollEnd::Success(face)
}

#[tokio::test]
async fn good_rolls_overlap_and_keep_their_order() {
    for strategy in Strategy::ALL {
        let batch = play(strategy, &[(30, Show(3)), (10, Show(1)), (20, Show(2))], None).await;
        assert_eq!(batch.outcome, Outcome::Success);
        assert_eq!(batch.faces().collect::<Vec<_>>(), [Some(3), Some(1), Some(2)]);
        assert_eq!(batch.wall_time(), Duration::from_millis(30));
        assert_eq!(batch.sequential_time(), Duration::from_millis(60));
        assert_eq!(batch.first_failure(), None);
    }
}

#[tokio::test]
async fn each_strategy_meets_failures_in_its_own_way() {
    let script = [(10, Show(4)), (40, Fail), (20, Fail), (90, Show(5))];
    for (strategy, outcome, expected, wall_ms) in [
        (Strategy::FailFast, Outcome::Error, [s(4), C, E, C], 20),
        (Strategy::All, Outcome::Error, [s(4), E, E, s(5)], 90),
        (Strategy::BestEffort, Outcome::Partial, [s(4), E, E, s(5)], 90),
    ] {
        let batch = play(strategy, &script, None).await;
        assert_eq!((batch.outcome, ends(&batch)), (outcome, expected.to_vec()), "{strategy:?}");
        assert_eq!(batch.first_failure(), Some(2), "{strategy:?}");
        if strategy != Strategy::FailFast {
            assert_eq!(batch.wall_time(), Duration::from_millis(wall_ms), "{strategy:?}");
        }
    }
}

#[tokio::test]
async fn best_effort_survives_a_batch_of_failures() {
    let batch = play(Strategy::BestEffort, &[(1, Fail), (2, Fail)], None).await;
    assert_eq!((batch.outcome, batch.failed()), (Outcome::Partial, vec![0, 1]));
}

#[tokio::test]
async fn a_client_that_leaves_cancels_what_still_rolls() {
    for strategy in Strategy::ALL {
        let batch = play(strategy, &[(10, Show(6)), (50, Fail), (60, Show(1))], Some(20)).await;
        assert_eq!((batch.outcome, ends(&batch)), (Outcome::Cancelled, vec![s(6), C, C]), "{strategy:?}");
        assert_eq!(batch.wall_time(), Duration::from_millis(20), "{strategy:?}");
    }
}

#[tokio::test]
async fn rolls_that_had_not_begun_are_cancelled_too() {
    let (cancel, clock) = (CancellationToken::new(), Clock::new(vec![1]));
    cancel.cancel();
    let batch = run(Strategy::All, 20, &cancel, |_, cancel| clock.clone().roll(1, Show(1), cancel)).await;
    assert_eq!((batch.outcome, ends(&batch)), (Outcome::Cancelled, vec![C; 20]));
}

#[test]
fn a_client_that_leaves_after_the_last_roll_changes_nothing() {
    let rolls = [Roll { end: s(1), began: Instant::now(), ended: Instant::now() }];
    assert_eq!(outcome(Strategy::FailFast, &rolls, true), Outcome::Success);
}

#[tokio::test]
async fn a_panic_is_a_failure_of_its_own_roll() {
    let all = play(Strategy::All, &[(30, Show(1)), (10, Panic), (20, Show(2))], None).await;
    assert_eq!((all.outcome, ends(&all)), (Outcome::Error, vec![s(1), E, s(2)]));
    let fast = play(Strategy::FailFast, &[(30, Show(1)), (10, Panic), (20, Show(2))], None).await;
    assert_eq!((fast.outcome, fast.rolls[1].end), (Outcome::Error, E));
}

#[tokio::test]
async fn no_roll_outlives_its_batch() {
    let (alive, clock) = (Arc::new(AtomicUsize::new(0)), Clock::new(vec![5, 1_000]));
    let batch = run(Strategy::FailFast, 20, &CancellationToken::new(), |index, cancel| {
        let (alive, clock) = (Arc::clone(&alive), clock.clone());
        alive.fetch_add(1, Ordering::SeqCst);
        async move {
            let (ms, script) = if index == 19 { (5, Fail) } else { (1_000, Show(1)) };
            let roll = clock.roll(ms, script, cancel).await;
            alive.fetch_sub(1, Ordering::SeqCst);
            roll
        }
    })
    .await;
    assert_eq!((batch.first_failure(), alive.load(Ordering::SeqCst)), (Some(19), 0));
}
