//! Holding senders back while a store has no room, the same for all that push: Loki, OTLP, remote write.

use std::time::Duration;

use lab_storage::Wait;
use tokio::time::{Instant, sleep};

/// How long a sender waits for room before it is told to come again.
const PATIENCE: Duration = Duration::from_secs(1);
/// The time between two looks whether there is room.
const LOOK: Duration = Duration::from_millis(20);

/// Holds a sender back while `admit` says that there is no room, though not for long. Whether its request is kept is
/// decided by the store afterwards, which keeps it whole or refuses it whole.
pub(crate) async fn until_there_is_room(admit: impl Fn() -> Result<(), Wait>) {
    // A store without room says so itself.
    let _ = take_in_time(admit).await;
}

/// Tries `take` until it succeeds, though not for long.
pub(crate) async fn take_in_time(take: impl Fn() -> Result<(), Wait>) -> Result<(), Wait> {
    let end = Instant::now() + PATIENCE;
    loop {
        let taken = take();
        if taken.is_ok() || Instant::now() >= end {
            return taken;
        }
        sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_sender_goes_on_when_there_is_room_and_is_not_held_for_ever() {
        let looks = Cell::new(0);
        until_there_is_room(|| {
            looks.set(looks.get() + 1);
            if looks.get() < 4 { Err(Wait::USUAL) } else { Ok(()) }
        })
        .await;
        assert_eq!(looks.get(), 4);
        let began = Instant::now();
        until_there_is_room(|| Err(Wait::USUAL)).await;
        assert_eq!(began.elapsed(), PATIENCE);
    }
}
