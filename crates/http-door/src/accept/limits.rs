//! How long a client may take, and how many clients a port has at a time.

use std::time::Duration;

/// The limits of one port.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at a time. When there are more, the one that has waited longest for its client is closed.
    pub connections: usize,
    /// For the first byte of a new connection.
    pub first_byte: Duration,
    /// From the first byte of a request's head to its end (HTTP/1.1).
    pub head: Duration,
    /// For a connection on which no request runs, HTTP/1.1 or HTTP/2.
    ///
    /// Clients close idle connections first, so that they never send into one that is being closed: Go's HTTP
    /// client and reqwest do so after 90 s, the client of our services after 20 s.
    pub idle: Duration,
    /// In this time of waiting for a request's body at least [`Limits::body_bytes`] have to arrive, and of a
    /// response at least something has to be taken.
    pub progress: Duration,
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            first_byte: Duration::from_secs(30),
            head: Duration::from_secs(30),
            idle: Duration::from_secs(120),
            progress: Duration::from_secs(30),
            body_bytes: 256,
        }
    }
}

impl Limits {
    /// How often a connection is looked at: often enough that a limit is exceeded by a quarter at most.
    pub(super) fn look_every(&self) -> Duration {
        self.first_byte.min(self.head).min(self.idle).min(self.progress) / 4
    }
}
