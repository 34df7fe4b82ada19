//! Running a question on a blocking thread, stopped when its time is up or its asker has left.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lab_model::Interrupt;
use lab_traces::TraceStore;

use crate::tempo::error::ApiError;

/// How long a question may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Runs `work`; dropping the future stops it.
pub(crate) async fn run<T: Send + 'static>(
    store: Arc<TraceStore>,
    work: impl FnOnce(&TraceStore, &Interrupt) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let interrupt = Interrupt::default();
    let _stop = StopOnDrop(interrupt.clone());
    let task = tokio::task::spawn_blocking(move || work(&store, &interrupt));
    match tokio::time::timeout(TIME_LIMIT, task).await {
        Ok(Ok(result)) => result,
        Ok(Err(failed)) => Err(ApiError::internal(failed.to_string())),
        Err(_) => Err(ApiError::timeout(format!("query took longer than {} s", TIME_LIMIT.as_secs()))),
    }
}

/// Seconds since the epoch.
pub(crate) fn now_s() -> i64 {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    since_epoch.as_secs() as i64
}

struct StopOnDrop(Interrupt);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.set();
    }
}
