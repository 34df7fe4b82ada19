//! One kept-alive HTTP/1.1 connection.

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::http::request::Builder;
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A connection to the host of one URL.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    authority: String,
    request: Request<()>,
}

impl Connection {
    /// Connects; the task that drives the connection ends with it.
    pub(crate) async fn open(url: &str) -> anyhow::Result<Self> {
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
    pub(crate) async fn get(&mut self) -> anyhow::Result<(StatusCode, Bytes)> {
        self.exchange(self.request.clone().map(|()| Full::default())).await
    }

    /// Sends another request to the same host, and reads the whole answer.
    pub(crate) async fn send(&mut self, request: Builder, body: Bytes) -> anyhow::Result<(StatusCode, Bytes)> {
        self.exchange(request.header(hyper::header::HOST, &self.authority).body(Full::new(body))?).await
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<(StatusCode, Bytes)> {
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }
}

/// One request on a connection of its own; the body of a 200.
pub(crate) async fn get(url: &str) -> anyhow::Result<Bytes> {
    let (status, body) = Connection::open(url).await?.get().await.with_context(|| format!("GET {url}"))?;
    anyhow::ensure!(status == StatusCode::OK, "GET {url}: {status}: {}", String::from_utf8_lossy(&body));
    Ok(body)
}
