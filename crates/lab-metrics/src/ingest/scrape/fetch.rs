//! The request of a scrape.

use reqwest::StatusCode;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};

use crate::http::Clients;
use crate::http::cause::cause;
use crate::ingest::exposition::format::Content;
use crate::ingest::scrape::config::protocol::{self, NameEscaping, ScrapeProtocol};
use crate::ingest::scrape::config::shown::secrets;
use crate::ingest::scrape::endpoint::Endpoint;

/// Largest body if the configuration sets no limit.
const MAX_BODY: u64 = 64 << 20;

/// The answer of a target.
#[derive(Clone, Debug)]
pub struct Body {
    /// The unpacked bytes.
    pub bytes: Vec<u8>,
    /// How they are to be read.
    pub content: Content,
}

/// Sends the requests; clones share their connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fetcher {
    clients: Clients,
}

impl Fetcher {
    /// A fetcher that keeps connections alive.
    pub(crate) fn new() -> Self {
        Self { clients: Clients::new() }
    }

    /// Asks a target within its time-out; the error is a message for users.
    pub(crate) async fn fetch(&self, target: &Endpoint) -> Result<Body, String> {
        let timeout = target.timeout;
        match tokio::time::timeout(timeout, self.ask(target)).await {
            Ok(answer) => answer,
            Err(_) => {
                let url = secrets::shown_url(&target.url);
                Err(format!("Get {url:?}: the target did not answer within the scrape timeout of {timeout:?}"))
            }
        }
    }

    async fn ask(&self, target: &Endpoint) -> Result<Body, String> {
        let fail = |error: reqwest::Error| format!("Get {:?}: {}", secrets::shown_url(&target.url), cause(&error));
        let timeout = target.timeout.as_secs_f64();
        let job = &target.job;
        let escaping = job.metric_name_escaping_scheme.unwrap_or(NameEscaping::AllowUtf8);
        let accept = protocol::accept(&job.scrape_protocols, escaping);
        let mut request = self.clients.get(&target.url, &job.http).await?.header(ACCEPT, accept);
        request = request.header("X-Prometheus-Scrape-Timeout-Seconds", timeout.to_string());
        if !job.enable_compression {
            request = request.header(ACCEPT_ENCODING, "identity");
        }
        let mut response = request.send().await.map_err(fail)?;
        // As in Prometheus: the page of metrics and nothing else, not a part of it either.
        if response.status() != StatusCode::OK {
            return Err(format!("server returned HTTP status {}", response.status()));
        }
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let fallback = job.fallback_scrape_protocol.map(ScrapeProtocol::content);
        let content = Content::from_content_type(content_type.unwrap_or_default(), fallback)?;
        let limit = Some(target.job.body_size_limit).filter(|limit| *limit > 0).unwrap_or(MAX_BODY);
        let mut bytes = Vec::new();
        while let Some(part) = response.chunk().await.map_err(fail)? {
            bytes.extend_from_slice(&part);
            if bytes.len() as u64 > limit {
                return Err(format!("body size limit exceeded: the body has more than {limit} bytes"));
            }
        }
        Ok(Body { bytes, content })
    }
}
