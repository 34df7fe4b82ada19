//! The stores' upkeep: a thread that commits every second and clears away every ten.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::parts::clock::now_ns;
use crate::parts::storage::stores::Stores;

const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// Flushes between two rounds of clearing away.
const RETAIN_EVERY: u32 = 10;

/// The running thread; [`Upkeep::finish`] commits once more and ends it.
pub struct Upkeep {
    stop: mpsc::SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Upkeep {
    /// Starts the thread.
    pub fn start(stores: Stores) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::sync_channel(1);
        let thread = thread::Builder::new().name("upkeep".into()).spawn(move || run(&stores, &stopped))?;
        Ok(Self { stop, thread })
    }

    /// Commits what is left; blocks until it is on disk.
    pub fn finish(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("the upkeep of the stores has panicked; the last second may be lost");
        }
    }
}

fn run(stores: &Stores, stopped: &mpsc::Receiver<()>) {
    let mut failing = Vec::new();
    for round in 1.. {
        let last = stopped.recv_timeout(FLUSH_EVERY) != Err(RecvTimeoutError::Timeout);
        let mut errors = stores.flush(now_ns());
        if round % RETAIN_EVERY == 0 {
            errors.extend(stores.retain(now_ns()));
        }
        say_what_changed(&mut failing, errors);
        if last {
            return;
        }
    }
}

/// Logs an error when it begins and when it ends, not every second.
fn say_what_changed(failing: &mut Vec<String>, errors: Vec<String>) {
    for error in errors.iter().filter(|error| !failing.contains(error)) {
        tracing::error!(error, "telemetry cannot be written; it waits in memory, then the oldest is dropped");
    }
    if errors.is_empty() && !failing.is_empty() {
        tracing::warn!("telemetry is written again");
    }
    *failing = errors;
}
