//! Serving a service's routes, and the end of it.
//!
//! On shutdown: stop accepting, let requests finish for the grace, then tell the rest that their client is gone
//! and wait until they have wound down.

use std::time::Duration;

use http_door::accept::door::Door;
use http_door::accept::limits::Limits;
use http_door::accept::serve::{self, StillOpen};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::web::app::App;

/// Connections at a time; a service answers many clients that keep theirs open.
pub const MOST_CONNECTIONS: usize = 4096;
/// Cancelled requests have this long to wind down and their answers to leave.
const WIND_DOWN: Duration = Duration::from_secs(1);

/// How the drain went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Requests that the grace did not suffice for; they were cancelled.
    pub cut_off: usize,
    /// Requests that did not even react to that.
    pub left_behind: usize,
}

/// Serves `app` until `shutdown` fires, then drains for at most `grace` and a second.
pub async fn serve(listener: TcpListener, app: App, shutdown: CancellationToken, grace: Duration) -> Drained {
    let limits = Limits { connections: MOST_CONNECTIONS, ..Limits::default() };
    let still_open = serve::serve(listener, Door::plain(app.router.clone(), limits), shutdown).await;
    drain(&app, &still_open, grace).await
}

async fn drain(app: &App, still_open: &StillOpen, grace: Duration) -> Drained {
    let finished = still_open.ended_within(grace).await;
    let deadline = Instant::now() + WIND_DOWN;
    // Even then a request whose client has just gone may still be winding down.
    let (told, left_behind) = app.requests.cancel(WIND_DOWN).await;
    // The answers of those that were cut off are on their way out.
    still_open.ended_within(deadline.saturating_duration_since(Instant::now())).await;
    let cut_off = if finished { 0 } else { told };
    if cut_off > 0 {
        tracing::warn!(cut_off, left_behind, grace = grace.as_secs_f64(), "Shutdown grace ran out");
    }
    Drained { cut_off, left_behind }
}

#[cfg(test)]
mod tests;
