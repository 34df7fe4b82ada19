//! Accepting connections and serving them, HTTP/1.1 and HTTP/2 on the same port.
//!
//! A client that is slow or silent keeps its connection for a limited time only ([`limits::Limits`]), and when
//! a port has as many connections as it may have, the one that has waited longest for its client goes first.
//! Requests that are being answered, streams and `WebSocket`s are never cut off by these limits.

pub mod activity;
mod body;
mod connection;
pub mod door;
mod handshake;
pub mod limits;
mod registry;
pub mod serve;
mod stream;

#[cfg(test)]
mod tests;
