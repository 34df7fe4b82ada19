//! Ctrl-C and SIGTERM: the first asks for an orderly end, the second for an immediate one.

use rustix::process::{Signal as Number, getpid, kill_process};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Sends this process the signal that asks for an orderly end.
pub fn ask_to_end() {
    if let Err(error) = kill_process(getpid(), Number::TERM) {
        tracing::error!(%error, "the lab was asked to end, but the signal could not be sent");
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
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}
