//! HTTP clients for all that the lab asks and tells by itself: one for each way to connect, with its connections kept alive.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{AUTHORIZATION, HOST};
use reqwest::{Method, RequestBuilder, Url};

use crate::ingest::scrape::config::http::{HttpSettings, TlsConfig};
use crate::ingest::scrape::config::secrets;

/// The clients; clones share their connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clients(Arc<Mutex<HashMap<Connecting, reqwest::Client>>>);

/// The settings that decide whether two targets can share a client.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Connecting {
    tls: TlsConfig,
    follow_redirects: bool,
    /// Where the server stands that is known by `tls.server_name`.
    host: Option<String>,
}

impl Clients {
    /// Clients that keep connections alive and ignore proxies.
    pub(crate) fn new() -> Self {
        // Somebody else may have chosen a provider before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self::default()
    }

    /// A request that reads, with what the settings say of who asks.
    pub(crate) async fn get(&self, url: &str, settings: &HttpSettings) -> Result<RequestBuilder, String> {
        self.authorized(Method::GET, url, settings).await
    }

    /// A request that tells something, with what the settings say of who tells it.
    pub(crate) async fn post(&self, url: &str, settings: &HttpSettings) -> Result<RequestBuilder, String> {
        self.authorized(Method::POST, url, settings).await
    }

    async fn authorized(&self, method: Method, url: &str, settings: &HttpSettings) -> Result<RequestBuilder, String> {
        let mut request = self.request(method, url, settings)?;
        if let Some(auth) = &settings.basic_auth {
            request = request.basic_auth(&auth.username, Some(auth.secret().await?));
        }
        if let Some(authorization) = &settings.authorization {
            request = request.header(AUTHORIZATION, authorization.header().await?);
        }
        Ok(request)
    }

    /// A request. To a server with a name of its own it goes under that name: what the server is asked for, and what its
    /// certificate must be good for.
    fn request(&self, method: Method, text: &str, settings: &HttpSettings) -> Result<RequestBuilder, String> {
        let wrong = |what: &dyn fmt::Display| format!("unusable URL {:?}: {what}", secrets::shown_url(text));
        let mut url = Url::parse(text).map_err(|error| wrong(&error))?;
        let name = settings.tls_config.as_ref().and_then(|tls| tls.server_name.as_deref());
        let Some(name) = name.filter(|_| url.scheme() == "https") else {
            return Ok(self.client(settings, None)?.request(method, url));
        };
        let (host, port) = (url.host_str().unwrap_or_default().to_owned(), url.port());
        url.set_host(Some(name)).map_err(|error| wrong(&error))?;
        let authority = port.map_or(host.clone(), |port| format!("{host}:{port}"));
        Ok(self.client(settings, Some(host))?.request(method, url).header(HOST, authority))
    }

    /// Certificates are read when a client is first needed; what is wrong with them is the request's error.
    fn client(&self, settings: &HttpSettings, host: Option<String>) -> Result<reqwest::Client, String> {
        let tls = settings.tls_config.clone().unwrap_or_default();
        let how = Connecting { tls, follow_redirects: settings.follow_redirects, host };
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&how) {
            return Ok(client.clone());
        }
        let client = build(&how)?;
        clients.insert(how, client.clone());
        Ok(client)
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
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
