//! Waiting for a condition instead of sleeping.

use std::future::Future;
use std::time::{Duration, Instant};

/// The variable with the seconds that [`eventually`] waits at most.
const PATIENCE_VARIABLE: &str = "DICELAB_TEST_PATIENCE";
/// Seconds without the variable. Who succeeds never waits for their end, so they are for a machine that does several
/// other things at once: a test that starts three processes beside a compiler has needed more than twenty.
const PATIENCE_SECONDS: u64 = 60;
/// Between one attempt and the next.
const PAUSE: Duration = Duration::from_millis(20);

/// How long tests wait for something to come true.
pub fn patience() -> Duration {
    let seconds = std::env::var(PATIENCE_VARIABLE).ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(PATIENCE_SECONDS))
}

/// Asks again until `attempt` succeeds; panics with the last reason when patience runs out.
pub async fn eventually<T, E, F, Fut>(mut attempt: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, E>>,
    E: std::fmt::Display,
{
    let deadline = Instant::now() + patience();
    let mut attempts = 0_u64;
    loop {
        attempts += 1;
        match attempt().await {
            Ok(value) => return value,
            Err(reason) if Instant::now() >= deadline => {
                panic!("still not true after {:?} and {attempts} attempts: {reason}", patience())
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
