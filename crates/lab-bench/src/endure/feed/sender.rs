//! One sender's connection to the lab, which is opened anew when it breaks.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;

use crate::endure::feed::signal::Signal;
use crate::http::connection::Connection;

/// An answer that takes longer than this is none.
const PATIENCE: Duration = Duration::from_secs(30);
/// So much of an unexpected answer is quoted.
const QUOTED: usize = 200;

/// What became of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// It was answered by 2xx.
    Kept,
    /// There was no room for it: it has to be sent again, after so long.
    Busy(Duration),
    /// It will never be taken; status and text.
    Refused(u16, String),
    /// There was no answer: it may have been kept or not.
    Unknown,
}

/// A sender of one signal.
#[derive(Debug)]
pub struct Sender {
    signal: Signal,
    url: String,
    connection: Option<Connection>,
}

impl Sender {
    /// A sender to a lab on this machine; it connects when it first sends.
    pub fn new(signal: Signal, port_offset: u16) -> Self {
        let url = format!("http://127.0.0.1:{}/", signal.port() + port_offset);
        Self { signal, url, connection: None }
    }

    /// Sends a body and waits for the answer.
    pub async fn send(&mut self, body: Bytes) -> Sent {
        let exchange = async {
            let connection = match &mut self.connection {
                Some(connection) => connection,
                none => none.insert(Connection::open(&self.url).await?),
            };
            connection.exchange(self.signal.request(), body).await
        };
        let Ok(Ok(answer)) = timeout(PATIENCE, exchange).await else {
            self.connection = None;
            return Sent::Unknown;
        };
        match answer.status.as_u16() {
            200..300 => Sent::Kept,
            429 | 503 => Sent::Busy(answer.retry_after.unwrap_or(Duration::from_secs(1))),
            status => {
                Sent::Refused(status, String::from_utf8_lossy(&answer.body).trim().chars().take(QUOTED).collect())
            }
        }
    }
}
