//! The key of the process's own parts: made at its start, known to nobody but itself and its children, and good for
//! as long as it runs.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::StatusCode;
use http::header::AUTHORIZATION;

/// The name under which the lab's own parts come in.
const NAME: &str = "dicelab";

/// A key for the lab's own parts; a clone is the same key.
#[derive(Clone)]
pub struct OwnKey {
    password: String,
    header: String,
    /// Equality is compared by a keyed hash, so that the time it takes says nothing about the key.
    hasher: RandomState,
}

impl OwnKey {
    /// A new key, which nobody can guess.
    pub fn generate() -> Self {
        let random: [u8; 32] = rand::random();
        let password = URL_SAFE_NO_PAD.encode(random);
        let header = format!("Basic {}", STANDARD.encode(format!("{NAME}:{password}")));
        Self { password, header, hasher: RandomState::new() }
    }

    /// The user name that goes with it.
    pub fn name(&self) -> &'static str {
        NAME
    }

    /// The password itself.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The value of the header `Authorization`.
    pub fn header(&self) -> &str {
        &self.header
    }

    /// Whether a request with this header `Authorization` is one of our own.
    fn opens(&self, header: &[u8]) -> bool {
        let hash = |bytes: &[u8]| self.hasher.hash_one(bytes);
        hash(header) == hash(self.header.as_bytes()) && header == self.header.as_bytes()
    }
}

impl fmt::Debug for OwnKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnKey(<secret>)")
    }
}

/// The key as a layer: `from_fn_with_state(key, check)`.
pub async fn check(State(key): State<OwnKey>, request: Request, next: Next) -> Response {
    match request.headers().get(AUTHORIZATION) {
        Some(header) if key.opens(header.as_bytes()) => next.run(request).await,
        _ => (StatusCode::UNAUTHORIZED, "this port is for the lab's own parts\n").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_opens_for_itself_alone_and_is_never_shown() {
        let (one, other) = (OwnKey::generate(), OwnKey::generate());
        assert!(one.opens(one.header().as_bytes()) && !one.opens(other.header().as_bytes()) && !one.opens(b""));
        assert!(!format!("{one:?}").contains(one.password()));
    }
}
