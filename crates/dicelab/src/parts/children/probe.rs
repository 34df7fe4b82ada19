//! Waiting until a service says that it is ready.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(5);
/// For one answer.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Asks `GET /readyz` until the answer is 200.
pub async fn until_ready(address: SocketAddr) {
    while !is_ready(address).await {
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whether `GET /readyz` is answered with 200 now.
pub async fn is_ready(address: SocketAddr) -> bool {
    tokio::time::timeout(TIMEOUT, ask(address))
        .await
        .is_ok_and(|answer| answer.is_ok_and(|line| line.starts_with("HTTP/1.1 200")))
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
