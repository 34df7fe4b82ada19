//! What asks a process to stop: SIGINT, SIGTERM, and for children of the supervisor the end of standard input.

use std::io::{self, Read};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

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

/// Cancels `token` when standard input ends, which for a child of the supervisor means that the supervisor is gone.
///
/// Reads on a thread of its own, because a read from a pipe cannot be called off; the thread never holds up exit.
pub fn on_stdin_closed(token: CancellationToken) -> io::Result<()> {
    std::thread::Builder::new().name("stdin-watch".to_owned()).spawn(move || {
        let mut ignored = [0; 256];
        loop {
            match io::stdin().lock().read(&mut ignored) {
                Ok(0) => break,
                Err(error) if error.kind() != io::ErrorKind::Interrupted => break,
                _ => {}
            }
        }
        token.cancel();
    })?;
    Ok(())
}
