//! Waiting for a condition instead of sleeping.

use std::future::Future;
use std::time::{Duration, Instant};

/// Seconds that [`eventually`] waits at most; slow machines may set more.
const PATIENCE_VARIABLE: &str = "DICELAB_TEST_PATIENCE";

/// How long tests wait for something to come true.
pub fn patience() -> Duration {
    let seconds = std::env::var(PATIENCE_VARIABLE).ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(20))
}

/// Asks again until `attempt` succeeds; panics with the last reason when patience runs out.
pub async fn eventually<T, E, F, Fut>(mut attempt: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
    E: std::fmt::Display,
{
    let deadline = Instant::now() + patience();
    loop {
        match attempt().await {
            Ok(value) => return value,
            Err(reason) if Instant::now() >= deadline => panic!("not within {:?}: {reason}", patience()),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
