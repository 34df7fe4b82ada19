//! The beginning of a connection: TLS, if the port speaks it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::accept::door::Door;
use crate::accept::stream::Transport;

/// The first byte of every TLS connection (RFC 8446, section 5.1: a handshake).
const HANDSHAKE: u8 = 22;
/// What a client hears that begins with anything else.
const PLAIN: &str = "HTTP/1.0 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n\r\n\
                     this port speaks TLS; ask it by https:// instead of http://\n";
/// What a client hears that begins with TLS where none is spoken.
const NO_TLS: &str = "HTTP/1.0 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n\r\n\
                      this port speaks no TLS; ask it by http:// instead of https://, and set gRPC clients to insecure\n";

/// A connection that may speak HTTP now.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) transport: Transport,
    /// The client may speak HTTP/2.
    pub(super) http2: bool,
}

/// Agrees with the client on how the connection is spoken; `None` if that fails, or while the port is closed by a bad
/// web configuration. Takes as long as the client takes.
pub(super) async fn open(stream: TcpStream, door: &Door) -> Option<Opened> {
    let Some(web) = &door.web else { return Some(Opened { transport: plain(stream, door).await?, http2: true }) };
    match web.rules() {
        Ok(rules) => {
            let http2 = rules.http2 || door.needs_http2;
            match rules.tls(http2) {
                Some(config) => Some(Opened { transport: tls(stream, config).await?, http2 }),
                None => Some(Opened { transport: plain(stream, door).await?, http2 }),
            }
        }
        // Without TLS the reason is an answer, which the layer of the users gives.
        Err(_) if !web.is_tls() => Some(Opened { transport: Transport::Plain(stream), http2: true }),
        Err(_) => None,
    }
}

/// A connection without TLS; one that begins with a handshake is told so, and counted.
async fn plain(mut stream: TcpStream, door: &Door) -> Option<Transport> {
    let mut first = [0];
    if stream.peek(&mut first).await.ok()? == 0 {
        return None;
    }
    if first[0] != HANDSHAKE {
        return Some(Transport::Plain(stream));
    }
    door.tls_without.fetch_add(1, Ordering::Relaxed);
    // Its bytes are read first: a connection that closes over unread bytes is reset, and the answer is lost with it.
    let mut hello = [0; 4096];
    let _ = stream.read(&mut hello).await;
    let _ = stream.write_all(NO_TLS.as_bytes()).await;
    let _ = stream.shutdown().await;
    None
}

async fn tls(mut stream: TcpStream, config: Arc<ServerConfig>) -> Option<Transport> {
    let mut first = [0];
    if stream.peek(&mut first).await.ok()? == 0 {
        return None;
    }
    if first[0] != HANDSHAKE {
        // Who has gone does not hear it.
        let _ = stream.write_all(PLAIN.as_bytes()).await;
        let _ = stream.shutdown().await;
        return None;
    }
    match TlsAcceptor::from(config).accept(stream).await {
        Ok(stream) => Some(Transport::Tls(Box::new(stream))),
        Err(error) => {
            tracing::debug!(%error, "a TLS handshake failed");
            None
        }
    }
}
