//! What a run may be told while it runs, by the lab that started it:
//!
//! | Order | Done when |
//! |---|---|
//! | `pause <milliseconds>` | no request is under way; none begins until that time is over or `resume` comes |
//! | `resume` | at once |

use std::time::Duration;

use telemetry::lifeline::Order;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use crate::traffic::gate::{Closed, Gate};

/// A pause that the requests under way do not allow within this time is refused.
const QUIET_WITHIN: Duration = Duration::from_secs(10);

/// An order, understood.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Pause(Duration),
    Resume,
}

/// Carries out orders until no more can come; whatever it was told then no longer holds.
pub async fn obey(mut orders: mpsc::Receiver<Order>, gate: Gate) {
    let mut paused: Option<Paused> = None;
    loop {
        let order = tokio::select! {
            order = orders.recv() => order,
            () = until(paused.as_ref().map(|paused| paused.until)) => {
                paused = None;
                continue;
            }
        };
        let Some(order) = order else { return };
        let outcome = match understand(&order.text) {
            Some(Wanted::Resume) => {
                paused = None;
                Ok(())
            }
            Some(Wanted::Pause(time)) => match quiet(&gate, paused.take()).await {
                Some(closed) => {
                    paused = Some(Paused { gate: closed, until: Instant::now() + time });
                    Ok(())
                }
                None => Err(format!("requests are still under way after {QUIET_WITHIN:?}")),
            },
            None => Err(format!("expected `pause <milliseconds>` or `resume`, not {:?}", order.text)),
        };
        order.answer(outcome);
    }
}

struct Paused {
    gate: Closed,
    until: Instant,
}

/// The closed gate: the one of the pause that is on, else as soon as no request is under way.
async fn quiet(gate: &Gate, paused: Option<Paused>) -> Option<Closed> {
    match paused {
        Some(paused) => Some(paused.gate),
        None => timeout(QUIET_WITHIN, gate.close()).await.ok(),
    }
}

async fn until(end: Option<Instant>) {
    match end {
        Some(end) => sleep_until(end).await,
        None => std::future::pending().await,
    }
}

fn understand(text: &str) -> Option<Wanted> {
    match text.split_ascii_whitespace().collect::<Vec<_>>()[..] {
        ["resume"] => Some(Wanted::Resume),
        ["pause", time] => time.parse().ok().map(Duration::from_millis).map(Wanted::Pause),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_understood_or_refused() {
        assert_eq!(understand("pause 60000"), Some(Wanted::Pause(Duration::from_secs(60))));
        assert_eq!(understand("resume"), Some(Wanted::Resume));
        for bad in ["", "pause", "pause 1s", "pause -1", "resume now", "stop"] {
            assert_eq!(understand(bad), None, "{bad:?}");
        }
    }
}
