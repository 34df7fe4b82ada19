//! How connections are made: TLS, proxies, redirects, versions of HTTP.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::tls::Version;
use reqwest::{ClientBuilder, NoProxy, Proxy};

use crate::ingest::scrape::config::http::HttpSettings;
use crate::ingest::scrape::config::http::credentials::Hidden;
use crate::ingest::scrape::config::http::tls::{TlsConfig, TlsVersion};

/// This machine is never asked through a proxy that has exceptions, as in Go.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// The settings that decide whether two requests can share a client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Connecting {
    pub(super) tls: TlsConfig,
    pub(super) keep_redirects: bool,
    pub(super) only_http1: bool,
    /// Where the server stands that is known by `tls.server_name`.
    pub(super) host: Option<String>,
    /// The socket of this machine that is asked instead of a port.
    pub(super) socket: Option<String>,
    pub(super) proxy: ProxyChoice,
}

/// Through whom requests go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum ProxyChoice {
    #[default]
    Nobody,
    /// Whom the environment of the lab names.
    Environment,
    Named {
        url: String,
        except: Option<String>,
        headers: Vec<(String, String)>,
    },
}

impl Connecting {
    /// What the settings say of connections.
    pub(super) fn by(settings: &HttpSettings) -> Self {
        let named = settings.proxy_url.clone().filter(|url| !url.is_empty());
        let headers = settings.proxy_connect_header.iter();
        let headers = headers
            .flat_map(|(name, values)| values.iter().map(move |value| (name.clone(), value.reveal().to_owned())));
        let proxy = match named {
            Some(url) => {
                let except = settings.no_proxy.clone().filter(|hosts| !hosts.is_empty());
                ProxyChoice::Named { url, except, headers: headers.collect() }
            }
            None if settings.proxy_from_environment => ProxyChoice::Environment,
            None => ProxyChoice::Nobody,
        };
        Self {
            tls: settings.tls_config.clone().unwrap_or_default(),
            keep_redirects: !settings.follow_redirects,
            only_http1: !settings.enable_http2,
            host: None,
            socket: None,
            proxy,
        }
    }

    /// A client that connects so.
    pub(super) fn build(&self) -> Result<reqwest::Client, String> {
        let mut builder = reqwest::Client::builder().user_agent(concat!("Dicelab/", env!("CARGO_PKG_VERSION")));
        if self.keep_redirects {
            builder = builder.redirect(reqwest::redirect::Policy::none());
        }
        if self.only_http1 {
            builder = builder.http1_only();
        }
        if let Some(socket) = &self.socket {
            builder = builder.unix_socket(Path::new(socket));
        }
        if let (Some(name), Some(host)) = (&self.tls.server_name, &self.host) {
            let host = host.trim_matches(['[', ']']).to_owned();
            builder = builder.dns_resolver(Arc::new(Renamed { name: name.clone(), host }));
        }
        let builder = with_proxy(builder, &self.proxy)?;
        let builder = with_tls(builder, &self.tls)?;
        builder.build().map_err(|error| {
            let reason = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            format!("unable to set up the connection: {reason}")
        })
    }
}

fn with_proxy(builder: ClientBuilder, choice: &ProxyChoice) -> Result<ClientBuilder, String> {
    let (url, except, headers) = match choice {
        ProxyChoice::Nobody => return Ok(builder.no_proxy()),
        // The client reads the environment by itself.
        ProxyChoice::Environment => return Ok(builder),
        ProxyChoice::Named { url, except, headers } => (url, except, headers),
    };
    let mut proxy = Proxy::all(url).map_err(|error| format!("unusable proxy_url: {error}"))?;
    if let Some(except) = except {
        proxy = proxy.no_proxy(NoProxy::from_string(&format!("{except},{LOOPBACK}")));
    }
    let mut given = HeaderMap::new();
    for (name, value) in headers {
        let wrong = || format!("proxy_connect_header: the name or the value of {name:?} is not allowed in HTTP");
        let header = HeaderName::try_from(name.as_str()).map_err(|_| wrong())?;
        given.append(header, HeaderValue::try_from(value.as_str()).map_err(|_| wrong())?);
    }
    if !given.is_empty() {
        proxy = proxy.headers(given);
    }
    Ok(builder.proxy(proxy))
}

fn with_tls(mut builder: ClientBuilder, tls: &TlsConfig) -> Result<ClientBuilder, String> {
    let read = |inline: Option<&str>, file: Option<&Path>| -> Result<Option<(Vec<u8>, String)>, String> {
        match (inline, file) {
            (Some(pem), _) => Ok(Some((pem.as_bytes().to_vec(), "the configuration".to_owned()))),
            (None, Some(file)) => {
                let unreadable = |error| format!("unable to read {}: {error}", file.display());
                Ok(Some((std::fs::read(file).map_err(unreadable)?, file.display().to_string())))
            }
            (None, None) => Ok(None),
        }
    };
    if let Some((pem, place)) = read(tls.ca.as_deref(), tls.ca_file.as_deref())? {
        let unusable = |error| format!("unable to use CA certificates of {place}: {error}");
        builder = builder.tls_certs_only(reqwest::Certificate::from_pem_bundle(&pem).map_err(unusable)?);
    }
    let cert = read(tls.cert.as_deref(), tls.cert_file.as_deref())?;
    let key = read(tls.key.as_ref().map(Hidden::reveal), tls.key_file.as_deref())?;
    if let (Some((cert, place)), Some((key, _))) = (cert, key) {
        let unusable = |error| format!("unable to use client certificate {place}: {error}");
        let pem = [cert, b"\n".to_vec(), key].concat();
        builder = builder.identity(reqwest::Identity::from_pem(&pem).map_err(unusable)?);
    }
    if tls.insecure_skip_verify {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    // Older versions than 1.2 are spoken in no case.
    if tls.min_version == Some(TlsVersion::V13) {
        builder = builder.tls_version_min(Version::TLS_1_3);
    }
    if tls.max_version == Some(TlsVersion::V12) {
        builder = builder.tls_version_max(Version::TLS_1_2);
    }
    Ok(builder)
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
