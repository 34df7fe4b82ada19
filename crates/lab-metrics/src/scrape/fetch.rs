//! The request of a scrape.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};

use crate::exposition::Format;
use crate::scrape::config::JobConfig;
use crate::scrape::config::http::TlsConfig;
use crate::scrape::target::Target;

/// What is asked for, as Prometheus 3 asks: OpenMetrics first.
const ACCEPTED: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                        application/openmetrics-text;version=0.0.1;q=0.5,\
                        text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
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

/// Asks targets; a clone shares its connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fetcher {
    /// A client for each way to connect.
    clients: Arc<Mutex<HashMap<Connecting, reqwest::Client>>>,
}

/// What settles how targets are connected to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Connecting {
    tls: TlsConfig,
    follow_redirects: bool,
}

impl Fetcher {
    /// A fetcher that keeps connections alive and ignores proxies.
    pub(crate) fn new() -> Self {
        // Somebody else may have chosen a provider before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self::default()
    }

    /// Certificates are read when a client is first needed; what is wrong with them is the scrape's error.
    fn client(&self, job: &JobConfig) -> Result<reqwest::Client, String> {
        let tls = job.tls_config.clone().unwrap_or_default();
        let how = Connecting { tls, follow_redirects: job.follow_redirects };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&how) {
            return Ok(client.clone());
        }
        let client = build(&how)?;
        clients.insert(how, client.clone());
        Ok(client)
    }

    /// Asks a target within its time-out; the error says for people what went wrong.
    pub(crate) async fn fetch(&self, target: &Target) -> Result<Body, String> {
        let timeout = target.job.scrape_timeout;
        match tokio::time::timeout(timeout, self.ask(target)).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("Get {:?}: no answer within the scrape timeout of {timeout:?}", target.url)),
        }
    }

    async fn ask(&self, target: &Target) -> Result<Body, String> {
        let fail = |error: reqwest::Error| format!("Get {:?}: {}", target.url, cause(&error));
        let timeout = target.job.scrape_timeout.as_secs_f64();
        let mut request = self.client(&target.job)?.get(&target.url).header(ACCEPT, ACCEPTED);
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
        let format = Format::from_content_type(content_type.unwrap_or_default());
        let limit = Some(target.job.body_size_limit).filter(|limit| *limit > 0).unwrap_or(MAX_BODY);
        let mut bytes = Vec::new();
        while let Some(part) = response.chunk().await.map_err(fail)? {
            bytes.extend_from_slice(&part);
            if bytes.len() as u64 > limit {
                return Err(format!("body size limit of {limit} bytes exceeded"));
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
    if how.tls.insecure_skip_verify {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    builder.build().map_err(|error| format!("unable to set up TLS: {}", cause(&error)))
}

/// The innermost cause, which is what a person can act upon.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
