//! The accept loop, and the connections that are still open when it has ended.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::accept::connection::{self, Accepted};
use crate::accept::door::Door;
use crate::accept::registry::Registry;

/// After a failed accept, for example for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// The connections that are still open after the last one was accepted; dropping this closes them.
#[derive(Debug)]
pub struct StillOpen {
    connections: TaskTracker,
    _cut: DropGuard,
}

impl StillOpen {
    /// Waits until all have ended, for at most `time`; true if they have.
    pub async fn ended_within(&self, time: Duration) -> bool {
        tokio::time::timeout(time, self.connections.wait()).await.is_ok()
    }
}

/// Accepts and serves connections until `stop` fires. From then on no request is taken any more; those under way
/// go on until the value that is returned is dropped.
///
/// The future is boxed, so that HTTP/1, HTTP/2 and TLS are compiled here once and not in every crate that has a port.
pub fn serve(
    listener: TcpListener,
    door: Door,
    stop: CancellationToken,
) -> Pin<Box<dyn Future<Output = StillOpen> + Send>> {
    Box::pin(accept_all(listener, door, stop))
}

async fn accept_all(listener: TcpListener, door: Door, stop: CancellationToken) -> StillOpen {
    let (connections, registry) = (TaskTracker::new(), Registry::new(door.limits.connections));
    let (door, cut) = (Arc::new(door), CancellationToken::new());
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &registry) => accepted,
            () = stop.cancelled() => break,
        };
        let Some(stream) = accepted else { continue };
        let (at, sent_away) = (Instant::now(), CancellationToken::new());
        let place = tokio::select! {
            place = registry.admit(at, &sent_away) => place,
            () = stop.cancelled() => break,
        };
        let accepted = Accepted { stream, place, sent_away, at };
        let (cut, served) = (cut.clone(), connection::serve(accepted, door.clone(), stop.clone()));
        connections.spawn(async move { cut.run_until_cancelled(served).await });
    }
    drop(listener);
    connections.close();
    StillOpen { connections, _cut: cut.drop_guard() }
}

async fn accept(listener: &TcpListener, registry: &Registry) -> Option<TcpStream> {
    match listener.accept().await {
        Ok((stream, _)) => {
            // Latency matters, but a connection that does not take the option still works.
            let _ = stream.set_nodelay(true);
            Some(stream)
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            // Most likely there are no file descriptors left, and a connection that waits can give up its own.
            registry.send_away_the_longest_waiting();
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}
