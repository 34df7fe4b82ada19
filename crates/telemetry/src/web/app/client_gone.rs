//! The signal that nobody waits for the answer any more.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;
use tokio_util::sync::CancellationToken;

/// Fires when the client has gone away or the shutdown grace has run out. An axum extractor; in a router without
/// [`crate::http::App`] it never fires.
///
/// A handler that waits for something selects on [`ClientGone::cancelled`] and then winds down in order.
#[derive(Debug, Clone, Default)]
pub struct ClientGone(pub(crate) CancellationToken);

impl ClientGone {
    /// Resolves when it fires.
    pub async fn cancelled(&self) {
        self.0.cancelled().await;
    }

    /// Whether it has fired.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    /// The token itself, for children of its own.
    pub fn token(&self) -> &CancellationToken {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for ClientGone {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
