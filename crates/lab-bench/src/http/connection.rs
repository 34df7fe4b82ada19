//! One kept-alive HTTP/1.1 connection.

use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::RETRY_AFTER;
use hyper::http::request::Builder;
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A connection to the host of one URL.
#[derive(Debug)]
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    authority: String,
    request: Request<()>,
}

impl Connection {
    /// Connects; the task that drives the connection ends with it.
    pub async fn open(url: &str) -> anyhow::Result<Self> {
        let uri: Uri = url.parse().with_context(|| format!("{url} is no URL"))?;
        let authority = uri.authority().with_context(|| format!("{url} names no host"))?.to_string();
        let stream = TcpStream::connect(&authority).await.with_context(|| format!("connecting to {url}"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::get(path).header(hyper::header::HOST, &authority).body(())?;
        Ok(Self { sender, authority, request })
    }

    /// Asks for the URL that it was opened for, and reads the whole answer.
    pub async fn get(&mut self) -> anyhow::Result<(StatusCode, Bytes)> {
        let request = self.request.clone().map(|()| Full::default());
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }

    /// Sends another request to the same host, and reads the whole answer.
    pub async fn send(&mut self, request: Builder, body: Bytes) -> anyhow::Result<(StatusCode, Bytes)> {
        let answer = self.exchange(request, body).await?;
        Ok((answer.status, answer.body))
    }

    /// The same with the time after which the server wants to be asked again.
    pub async fn exchange(&mut self, request: Builder, body: Bytes) -> anyhow::Result<Answer> {
        let request = request.header(hyper::header::HOST, &self.authority).body(Full::new(body))?;
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        let seconds = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let body = answer.into_body().collect().await?.to_bytes();
        Ok(Answer { status, retry_after: seconds.map(Duration::from_secs), body })
    }
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: StatusCode,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Duration>,
    pub body: Bytes,
}

/// One request on a connection of its own; the body of a 200.
pub async fn get(url: &str) -> anyhow::Result<Bytes> {
    let (status, body) = Connection::open(url).await?.get().await.with_context(|| format!("GET {url}"))?;
    anyhow::ensure!(status == StatusCode::OK, "GET {url}: {status}: {}", String::from_utf8_lossy(&body));
    Ok(body)
}
