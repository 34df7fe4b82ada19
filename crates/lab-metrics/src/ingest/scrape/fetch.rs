//! The request of a scrape.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};

use crate::ingest::exposition::format::Format;
use crate::ingest::scrape::config::http::TlsConfig;
use crate::ingest::scrape::config::protocol::{self, NameEscaping, ScrapeProtocol};
use crate::ingest::scrape::config::{JobConfig, Scheme, secrets};
use crate::ingest::scrape::endpoint::Endpoint;

/// Largest body if the configuration sets no limit.
const MAX_BODY: u64 = 64 << 20;

/// The answer of a target.
#[derive(Clone, Debug)]
pub struct Body {
    /// The unpacked bytes.
    pub bytes: Vec<u8>,
    /// How they are to be read.
    pub format: Format,
}

/// Sends the requests; clones share their connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fetcher {
    /// A client for each way to connect.
    clients: Arc<Mutex<HashMap<Connecting, reqwest::Client>>>,
}

/// The settings that decide whether two targets can share a client.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Connecting {
    tls: TlsConfig,
    follow_redirects: bool,
    /// Where the server stands that is known by `tls.server_name`.
    host: Option<String>,
}

impl Fetcher {
    /// A fetcher that keeps connections alive and ignores proxies.
    pub(crate) fn new() -> Self {
        // Somebody else may have chosen a provider before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self::default()
    }

    /// Certificates are read when a client is first needed; what is wrong with them is the scrape's error.
    fn client(&self, job: &JobConfig, host: Option<String>) -> Result<reqwest::Client, String> {
        let tls = job.tls_config.clone().unwrap_or_default();
        let how = Connecting { tls, follow_redirects: job.follow_redirects, host };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&how) {
            return Ok(client.clone());
        }
        let client = build(&how)?;
        clients.insert(how, client.clone());
        Ok(client)
    }

    /// Asks a target within its time-out; the error is a message for users.
    pub(crate) async fn fetch(&self, target: &Endpoint) -> Result<Body, String> {
        let timeout = target.job.scrape_timeout;
        match tokio::time::timeout(timeout, self.ask(target)).await {
            Ok(answer) => answer,
            Err(_) => {
                let url = secrets::shown_url(&target.url);
                Err(format!("Get {url:?}: the target did not answer within the scrape timeout of {timeout:?}"))
            }
        }
    }

    /// A request for the target. To a server with a name of its own it goes under that name: what the server is
    /// asked for, and what its certificate must be good for.
    fn request(&self, target: &Endpoint) -> Result<reqwest::RequestBuilder, String> {
        let name = target.job.tls_config.as_ref().and_then(|tls| tls.server_name.as_deref());
        let Some(name) = name.filter(|_| target.job.scheme == Scheme::Https) else {
            return Ok(self.client(&target.job, None)?.get(&target.url));
        };
        let wrong = |what: &dyn fmt::Display| format!("unusable URL {:?}: {what}", secrets::shown_url(&target.url));
        let mut url = Url::parse(&target.url).map_err(|error| wrong(&error))?;
        let (host, port) = (url.host_str().unwrap_or_default().to_owned(), url.port());
        url.set_host(Some(name)).map_err(|error| wrong(&error))?;
        let authority = port.map_or(host.clone(), |port| format!("{host}:{port}"));
        Ok(self.client(&target.job, Some(host))?.get(url).header(HOST, authority))
    }

    async fn ask(&self, target: &Endpoint) -> Result<Body, String> {
        let fail = |error: reqwest::Error| format!("Get {:?}: {}", secrets::shown_url(&target.url), cause(&error));
        let timeout = target.job.scrape_timeout.as_secs_f64();
        let job = &target.job;
        let escaping = job.metric_name_escaping_scheme.unwrap_or(NameEscaping::AllowUtf8);
        let accept = protocol::accept(&job.scrape_protocols, escaping);
        let mut request = self.request(target)?.header(ACCEPT, accept);
        request = request.header("X-Prometheus-Scrape-Timeout-Seconds", timeout.to_string());
        if let Some(auth) = &target.job.basic_auth {
            request = request.basic_auth(&auth.username, Some(auth.secret().await?));
        }
        if let Some(authorization) = &target.job.authorization {
            request = request.header(AUTHORIZATION, authorization.header().await?);
        }
        let mut response = request.send().await.map_err(fail)?;
        if !response.status().is_success() {
            return Err(format!("server returned HTTP status {}", response.status()));
        }
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let fallback = job.fallback_scrape_protocol.and_then(ScrapeProtocol::format);
        let format = Format::from_content_type(content_type.unwrap_or_default(), fallback)?;
        let limit = Some(target.job.body_size_limit).filter(|limit| *limit > 0).unwrap_or(MAX_BODY);
        let mut bytes = Vec::new();
        while let Some(part) = response.chunk().await.map_err(fail)? {
            bytes.extend_from_slice(&part);
            if bytes.len() as u64 > limit {
                return Err(format!("body size limit exceeded: the body has more than {limit} bytes"));
            }
        }
        Ok(Body { bytes, format })
    }
}

fn build(how: &Connecting) -> Result<reqwest::Client, String> {
    let read = |file: &Path| std::fs::read(file).map_err(|error| format!("unable to read {}: {error}", file.display()));
    let mut builder = reqwest::Client::builder().no_proxy().user_agent(concat!("Dicelab/", env!("CARGO_PKG_VERSION")));
    if !how.follow_redirects {
        builder = builder.redirect(reqwest::redirect::Policy::none());
    }
    if let Some(file) = &how.tls.ca_file {
        let unusable = |error| format!("unable to use CA certificates of {}: {error}", file.display());
        builder = builder.tls_certs_only(reqwest::Certificate::from_pem_bundle(&read(file)?).map_err(unusable)?);
    }
    if let (Some(cert), Some(key)) = (&how.tls.cert_file, &how.tls.key_file) {
        let unusable = |error| format!("unable to use client certificate {}: {error}", cert.display());
        let pem = [read(cert)?, b"\n".to_vec(), read(key)?].concat();
        builder = builder.identity(reqwest::Identity::from_pem(&pem).map_err(unusable)?);
    }
    if let (Some(name), Some(host)) = (&how.tls.server_name, &how.host) {
        let host = host.trim_matches(['[', ']']).to_owned();
        builder = builder.dns_resolver(Arc::new(Renamed { name: name.clone(), host }));
    }
    if how.tls.insecure_skip_verify {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    builder.build().map_err(|error| format!("unable to set up TLS: {}", cause(&error)))
}

/// Finds a server under the name that its certificate has.
struct Renamed {
    name: String,
    host: String,
}

impl Resolve for Renamed {
    fn resolve(&self, name: Name) -> Resolving {
        let host = if name.as_str().eq_ignore_ascii_case(&self.name) { &self.host } else { name.as_str() };
        let host = host.to_owned();
        Box::pin(async move {
            // The port is the request's.
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

/// The innermost cause of an error, which says most about what to do.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
