//! The requests in flight: each in a task of its own, all of them countable and cancellable.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::web::app::client_gone::ClientGone;

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Requests {
    tasks: TaskTracker,
    all: CancellationToken,
}

/// One request in flight; dropping it tells its task that the client is gone.
pub(crate) struct InFlight<T> {
    pub(crate) task: JoinHandle<T>,
    pub(crate) _gone: DropGuard,
}

impl Requests {
    /// How many have not wound down yet.
    pub fn in_flight(&self) -> usize {
        self.tasks.len()
    }

    /// Tells every request in flight to wind down, and waits until all have, for at most `patience`. Returns how
    /// many were told, and how many are still there.
    pub async fn cancel(&self, patience: Duration) -> (usize, usize) {
        let told = self.in_flight();
        self.all.cancel();
        self.tasks.close();
        // What does not listen even then is left behind; the process is about to end.
        let _ = tokio::time::timeout(patience, self.tasks.wait()).await;
        (told, self.in_flight())
    }

    /// The signal for a new request.
    pub(crate) fn client_gone(&self) -> ClientGone {
        ClientGone(self.all.child_token())
    }

    /// Runs a request.
    pub(crate) fn spawn<F>(&self, gone: &ClientGone, request: F) -> InFlight<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        InFlight { task: self.tasks.spawn(request), _gone: gone.0.clone().drop_guard() }
    }
}
