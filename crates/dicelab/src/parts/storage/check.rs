//! The check after an unclean end: a thread that reads all that is stored, so that damage is known before somebody asks
//! for what is damaged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use crate::parts::storage::stores::Stores;

/// The running thread. What it finds damaged stands in the reports of the stores, which the upkeep logs.
pub struct Check {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Check {
    /// Starts the thread.
    pub fn start(stores: Stores) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let work = move || {
            let errors = stores.check(&|| stopped.load(Ordering::Relaxed));
            for error in errors {
                tracing::error!(error, "stored telemetry could not be checked after the lab had been killed");
            }
        };
        let thread = thread::Builder::new().name("check".into()).spawn(work)?;
        Ok(Self { stop, thread })
    }

    /// Ends the check, finished or not.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        if self.thread.join().is_err() {
            tracing::error!(
                "the thread that checks stored telemetry has panicked; damage may be found only when it is read"
            );
        }
    }
}
