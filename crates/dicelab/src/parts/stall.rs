//! A backend that stalls on purpose: requests wait here before they are taken in, so that one whose sender
//! gives up is not taken in at all.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::watch;

/// Whether requests stall; a clone is the same switch.
#[derive(Clone, Debug)]
pub struct Stall(Arc<watch::Sender<Stalled>>);

/// How long a request waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stalled {
    /// Not at all.
    #[default]
    Not,
    For(Duration),
    /// Until the switch is turned.
    UntilLifted,
}

impl Default for Stall {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Stalled::Not)))
    }
}

impl Stall {
    /// Turns the switch, also for those who wait.
    pub fn set(&self, stalled: Stalled) {
        self.0.send_replace(stalled);
    }

    async fn wait(&self) {
        let mut seen = self.0.subscribe();
        let stalled = *seen.borrow_and_update();
        // The sender lives as long as we do, so waiting for a change does not fail.
        let lifted = async { drop(seen.wait_for(|stalled| *stalled == Stalled::Not).await) };
        match stalled {
            Stalled::Not => {}
            Stalled::For(time) => drop(tokio::time::timeout(time, lifted).await),
            Stalled::UntilLifted => lifted.await,
        }
    }
}

/// Lets a request wait as long as the switch says.
pub async fn hold(State(stall): State<Stall>, request: Request, next: Next) -> Response {
    stall.wait().await;
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_wait_as_long_as_they_are_told_to_or_until_it_is_over() {
        let began = tokio::time::Instant::now();
        let stall = Stall::default();
        stall.wait().await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        stall.set(Stalled::For(Duration::from_secs(3)));
        stall.wait().await;
        assert_eq!(began.elapsed(), Duration::from_secs(3));
        stall.set(Stalled::UntilLifted);
        let lift = async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            stall.set(Stalled::Not);
        };
        tokio::join!(stall.wait(), lift);
        assert_eq!(began.elapsed(), Duration::from_secs(63));
    }
}
