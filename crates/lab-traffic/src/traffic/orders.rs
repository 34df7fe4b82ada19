//! What a run may be told while it runs, by the lab that started it or through its control address:
//!
//! | Order | Done when |
//! |---|---|
//! | `pause <milliseconds>` | no request is under way; none begins until that time is over or `resume` comes |
//! | `resume` | at once |

use std::time::Duration;

use telemetry::lifeline::Order;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};

use crate::traffic::gate::{Closed, Gate};

/// A pause that the requests under way do not allow within this time is refused.
const QUIET_WITHIN: Duration = Duration::from_secs(10);

/// Something that a run is told, by whatever way, and that is answered.
pub trait Told: Send {
    /// What, in words.
    fn text(&self) -> &str;
    /// Says that it was carried out, or why not.
    fn answer(self, outcome: Result<(), String>);
}

impl Told for Order {
    fn text(&self) -> &str {
        &self.text
    }

    fn answer(self, outcome: Result<(), String>) {
        Self::answer(self, outcome);
    }
}

/// An order from within this process, whose answer is waited for.
#[derive(Debug)]
pub struct Asked {
    pub text: String,
    pub answer: oneshot::Sender<Result<(), String>>,
}

impl Told for Asked {
    fn text(&self) -> &str {
        &self.text
    }

    fn answer(self, outcome: Result<(), String>) {
        // Whoever has gone does not wait.
        let _ = self.answer.send(outcome);
    }
}

/// An order, understood.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Pause(Duration),
    Resume,
}

/// Whether traffic is held by orders, and until when; a clone tells the same.
#[derive(Debug, Clone, Default)]
pub struct Held(watch::Sender<Option<Instant>>);

impl Held {
    /// How much longer traffic is held; nothing if it runs.
    pub fn remaining(&self) -> Option<Duration> {
        let until = *self.0.borrow();
        until?.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero())
    }

    fn note(&self, paused: Option<&Paused>) {
        self.0.send_replace(paused.map(|paused| paused.until));
    }
}

/// Carries out orders until no more can come; whatever it was told then no longer holds. What holds is noted in `held`, before an
/// order is answered and also if nobody waits for its answer.
pub async fn obey<O: Told>(mut orders: mpsc::Receiver<O>, gate: Gate, held: Held) {
    let mut paused: Option<Paused> = None;
    loop {
        held.note(paused.as_ref());
        let order = tokio::select! {
            order = orders.recv() => order,
            () = until(paused.as_ref().map(|paused| paused.until)) => {
                paused = None;
                continue;
            }
        };
        let Some(order) = order else { return held.note(None) };
        let wanted = understand(order.text());
        let outcome = match wanted {
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
            None => Err(format!("expected `pause <milliseconds>` or `resume`, not {:?}", order.text())),
        };
        held.note(paused.as_ref());
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

    #[tokio::test]
    async fn a_pause_holds_back_requests_until_it_is_lifted() {
        let (gate, (orders, taken)) = (Gate::default(), mpsc::channel(1));
        let held = Held::default();
        let obeying = tokio::spawn(obey(taken, gate.clone(), held.clone()));
        let tell = async |text: &str| {
            let (answer, answered) = oneshot::channel();
            orders.send(Asked { text: text.to_owned(), answer }).await.expect("taken");
            answered.await.expect("answered")
        };
        assert_eq!(tell("pause 60000").await, Ok(()));
        assert!(gate.try_pass().is_none());
        assert!(held.remaining().is_some_and(|rest| rest > Duration::from_secs(50)));
        assert_eq!(tell("resume").await, Ok(()));
        assert_eq!(held.remaining(), None);
        assert!(gate.try_pass().is_some());
        assert!(tell("stop").await.expect_err("no order").contains("not \"stop\""));
        // Who asked for this one does not wait for the answer.
        let (answer, _) = oneshot::channel();
        orders.send(Asked { text: "pause 60000".to_owned(), answer }).await.expect("taken");
        assert!(tell("stop").await.is_err());
        assert!(held.remaining().is_some());
        drop(orders);
        obeying.await.expect("it ends with the last who could tell it something");
    }

    #[tokio::test]
    async fn a_pause_lasts_from_when_it_is_quiet() {
        let (gate, (orders, taken), held) = (Gate::default(), mpsc::channel(1), Held::default());
        let under_way = gate.try_pass().expect("open");
        tokio::spawn(obey(taken, gate.clone(), held.clone()));
        let (answer, answered) = oneshot::channel();
        orders.send(Asked { text: "pause 5000".to_owned(), answer }).await.expect("taken");
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(held.remaining(), None, "a request is under way");
        drop(under_way);
        assert_eq!(answered.await.expect("answered"), Ok(()));
        assert!(held.remaining().is_some_and(|rest| rest > Duration::from_millis(4800)), "{held:?}");
    }

    #[test]
    fn orders_are_understood_or_refused() {
        assert_eq!(understand("pause 60000"), Some(Wanted::Pause(Duration::from_secs(60))));
        assert_eq!(understand("resume"), Some(Wanted::Resume));
        for bad in ["", "pause", "pause 1s", "pause -1", "resume now", "stop"] {
            assert_eq!(understand(bad), None, "{bad:?}");
        }
    }
}
