//! Deletes the log lines of requests that nobody can take back any more.

use std::sync::Arc;
use std::time::Duration;

use lab_api::loki::manage::deletes::requests::Deletions;
use tokio_util::sync::CancellationToken;

use crate::parts::clock::now_ns;

/// How often requests are looked at.
const EVERY: Duration = Duration::from_secs(10);

/// Looks at the requests until `stop` fires.
pub async fn run(deletions: Arc<Deletions>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let worker = deletions.clone();
        let worked = tokio::task::spawn_blocking(move || worker.process(now_ns() / 1_000_000)).await;
        if let Err(panic) = worked {
            tracing::error!(%panic, "the deletion of log lines has panicked");
        }
    }
}
