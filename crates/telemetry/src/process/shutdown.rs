//! What asks a process to stop: SIGINT and SIGTERM. A child of the supervisor also ends when its [`crate::process::lifeline`] does.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Resolves with the name of the first stop signal. The handlers are installed by the call, not by the first poll.
pub fn stop_signal() -> io::Result<impl Future<Output = &'static str>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => "SIGINT",
            _ = terminate.recv() => "SIGTERM",
        }
    })
}
