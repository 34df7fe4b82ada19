//! One kept-alive HTTP/1.1 connection.

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A connection to the host of one URL.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Empty<Bytes>>,
    request: Request<()>,
}

impl Connection {
    /// Connects; the task that drives the connection ends with it.
    pub(crate) async fn open(url: &str) -> anyhow::Result<Self> {
        let uri: Uri = url.parse().with_context(|| format!("{url} is no URL"))?;
        let authority = uri.authority().with_context(|| format!("{url} names no host"))?.clone();
        let stream = TcpStream::connect(authority.as_str()).await.with_context(|| format!("connecting to {url}"))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::get(path).header(hyper::header::HOST, authority.as_str()).body(())?;
        Ok(Self { sender, request })
    }

    /// Sends the request and reads the whole answer.
    pub(crate) async fn get(&mut self) -> anyhow::Result<(StatusCode, Bytes)> {
        self.sender.ready().await?;
        let request = self.request.clone().map(|()| Empty::new());
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
