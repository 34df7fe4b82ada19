//! One roll: the die is in the air for a while, then shows a face or fails, unless it is no longer wanted.

use std::time::Duration;

use telemetry::faults::is_blocking;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::rolling::fate::Fate;

/// How a roll ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollEnd {
    /// The die showed this face.
    Success(i64),
    /// The die triggered its error condition.
    Error,
    /// The batch or the client no longer wanted it.
    Cancelled,
}

/// One finished roll.
#[derive(Debug, Clone, Copy)]
pub struct Roll {
    /// How it ended.
    pub end: RollEnd,
    /// When it began to run.
    pub began: Instant,
    /// When it was over.
    pub ended: Instant,
}

impl RollEnd {
    /// The name in labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success(_) => "success",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Lets `fate` happen; ends at once when `cancel` is.
pub async fn roll(fate: Fate, cancel: &CancellationToken) -> Roll {
    let began = Instant::now();
    let end = if in_the_air(fate, cancel).await {
        fate.face.map_or(RollEnd::Error, RollEnd::Success)
    } else {
        RollEnd::Cancelled
    };
    Roll { end, began, ended: Instant::now() }
}

/// Whether the die came down.
async fn in_the_air(fate: Fate, cancel: &CancellationToken) -> bool {
    if fate.delay.is_zero() {
        return !cancel.is_cancelled();
    }
    if is_blocking() {
        // The mistake of the Python system: with this roll waits everything that shares its thread.
        std::thread::sleep(if cancel.is_cancelled() { Duration::ZERO } else { fate.delay });
        return !cancel.is_cancelled();
    }
    tokio::select! {
        biased;
        () = cancel.cancelled() => false,
        () = sleep(fate.delay) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_roll_ends_as_its_fate_says() {
        let cancel = CancellationToken::new();
        for (face, end) in [(Some(6), RollEnd::Success(6)), (None, RollEnd::Error)] {
            for delay in [Duration::ZERO, Duration::from_millis(3)] {
                let rolled = roll(Fate { delay, face }, &cancel).await;
                assert_eq!(rolled.end, end);
                assert!(rolled.ended - rolled.began >= delay);
            }
        }
    }

    #[tokio::test]
    async fn a_cancelled_roll_ends_at_once() {
        let cancel = CancellationToken::new();
        cancel.cancel();
        for delay in [Duration::ZERO, Duration::from_secs(3_600)] {
            assert_eq!(roll(Fate { delay, face: Some(1) }, &cancel).await.end, RollEnd::Cancelled);
        }
    }
}
