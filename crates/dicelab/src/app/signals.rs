//! Ctrl-C and SIGTERM: the first asks for an orderly end, the second for an immediate one.

use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Signal as Number, getpid, kill_process};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Whether this process ends already: a signal came, or is on its way.
static ENDS: AtomicBool = AtomicBool::new(false);

/// Sends this process the signal that asks for an orderly end, unless it ends already: a second signal would kill what is left,
/// and whoever repeats a request asks for nothing more than before.
pub fn ask_to_end() {
    if ENDS.swap(true, Ordering::Relaxed) {
        return;
    }
    if let Err(error) = kill_process(getpid(), Number::TERM) {
        tracing::error!(%error, "the lab was asked to end, but the signal could not be sent");
        ENDS.store(false, Ordering::Relaxed);
    }
}

/// The signals that end the lab.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Begins to listen; from now on these signals no longer end the process by themselves.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next one and names it.
    pub async fn next(&mut self) -> &'static str {
        let name = tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        };
        ENDS.store(true, Ordering::Relaxed);
        name
    }
}
