//! Telemetry as messages of protobuf: samples as remote write 1.0 sends them, spans as OTLP does, lines in a message of our
//! own. A portion is one message of bounded size, so that none has to be held in pieces.

pub mod logs;
pub mod metrics;
pub mod traces;

use bytes::Bytes;
use prost::{DecodeError, Message};

/// About so many bytes make a portion.
pub(crate) const PORTION: usize = 2 << 20;

/// Why a part of a run file is no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part} of the run file cannot be read: {why}")]
pub struct Undecodable {
    /// The name of the part.
    pub part: String,
    pub why: DecodeError,
}

/// The messages of a signal's portions.
pub fn decoded<M: Message + Default>(signal: &str, portions: &[Bytes]) -> Result<Vec<M>, Undecodable> {
    let message = |(at, portion): (usize, &Bytes)| {
        M::decode(portion.clone()).map_err(|why| Undecodable { part: format!("{signal}/{:04}.pb", at + 1), why })
    };
    portions.iter().enumerate().map(message).collect()
}

/// Cuts items into portions.
#[derive(Debug)]
pub struct Portions<P> {
    current: P,
    bytes: usize,
    done: Vec<Bytes>,
}

impl<P: Message + Default> Default for Portions<P> {
    fn default() -> Self {
        Self { current: P::default(), bytes: 0, done: Vec::new() }
    }
}

impl<P: Message + Default> Portions<P> {
    /// Adds something of this size to the portion at hand.
    pub fn add(&mut self, bytes: usize, add: impl FnOnce(&mut P)) {
        add(&mut self.current);
        // With the tag and the length before it.
        self.bytes += bytes + 2;
        if self.bytes >= PORTION {
            self.close();
        }
    }

    /// Whether the portion at hand is empty.
    pub fn is_new(&self) -> bool {
        self.bytes == 0
    }

    /// All portions, the last one included.
    pub fn finish(mut self) -> Vec<Bytes> {
        self.close();
        self.done
    }

    fn close(&mut self) {
        if self.bytes > 0 {
            self.done.push(std::mem::take(&mut self.current).encode_to_vec().into());
            self.bytes = 0;
        }
    }
}
