//! One service of the bare chain: axum in, hyper's client out, nothing else.
//!
//! - `GET /roll`: asks the next hop and passes its body on, or answers itself if it is the last

use std::net::Ipv4Addr;

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::io::AsyncReadExt as _;

/// What the last hop answers: as long as an answer of the frontend.
const ANSWER: &str = r#"{"roll":4,"trace_id":"0af7651916cd43dd8448eb211c80319c"}"#;

/// Options of a hop.
#[derive(Debug, clap::Args)]
pub struct HopArgs {
    /// The next hop's URL; without one this is the last
    #[arg(long)]
    next: Option<Uri>,
}

/// Serves on a free port, writes its URL to stdout, and ends when stdin does.
pub async fn run(args: &HopArgs) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("a free port")?;
    println!("http://{}/roll", listener.local_addr()?);
    let router = match args.next.clone() {
        None => Router::new().route("/roll", get(|| async { json(ANSWER) })),
        Some(next) => {
            let mut connector = HttpConnector::new();
            connector.set_nodelay(true);
            let client = Client::builder(TokioExecutor::new()).build(connector);
            Router::new().route("/roll", get(pass_on)).with_state(Next { client, uri: next })
        }
    };
    let parent_is_gone = async {
        let mut rest = Vec::new();
        // The parent holds the other end and never writes.
        let _ = tokio::io::stdin().read_to_end(&mut rest).await;
    };
    tokio::select! {
        served = axum::serve(listener, router) => served.context("the hop stopped"),
        () = parent_is_gone => Ok(()),
    }
}

#[derive(Debug, Clone)]
struct Next {
    client: Client<HttpConnector, Empty<Bytes>>,
    uri: Uri,
}

async fn pass_on(State(next): State<Next>) -> Response {
    let Ok(answer) = next.client.get(next.uri.clone()).await else { return StatusCode::BAD_GATEWAY.into_response() };
    match answer.into_body().collect().await {
        Ok(body) => json(body.to_bytes()),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

fn json(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}
