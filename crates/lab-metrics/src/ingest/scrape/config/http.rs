//! An HTTP client as the configuration describes it: the keys that scrape configurations, receivers of remote write,
//! Alertmanagers and sources of targets share.
//!
//! Secrets never appear in `Debug`. Those in files are read anew for each request, as Prometheus does, so that
//! they can be exchanged without a reload.

pub mod credentials;
pub mod headers;
pub mod oauth2;
pub mod tls;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use self::credentials::{Authorization, BasicAuth, Hidden};
use self::headers::Headers;
use self::oauth2::OAuth2;
use self::tls::TlsConfig;
use crate::ingest::scrape::config::value::{mapping, yes};

/// How requests connect and who they say they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct HttpSettings {
    /// User and password.
    #[serde(default, deserialize_with = "mapping")]
    pub basic_auth: Option<BasicAuth>,
    /// The header `Authorization`, if it is not made of user and password.
    #[serde(default, deserialize_with = "mapping")]
    pub authorization: Option<Authorization>,
    /// The older way to write `authorization`.
    #[serde(default)]
    pub bearer_token: Option<Hidden>,
    /// The older way to write `authorization` with a file.
    #[serde(default)]
    pub bearer_token_file: Option<PathBuf>,
    /// Where a token is fetched.
    #[serde(default, deserialize_with = "mapping")]
    pub oauth2: Option<OAuth2>,
    /// Which servers are trusted, and the certificate of the client.
    #[serde(default, deserialize_with = "mapping")]
    pub tls_config: Option<TlsConfig>,
    /// True if redirects are followed.
    #[serde(default = "yes")]
    pub follow_redirects: bool,
    /// True if servers with TLS may be spoken to by HTTP/2.
    #[serde(default = "yes")]
    pub enable_http2: bool,
    /// Further headers of each request.
    #[serde(default)]
    pub http_headers: Headers,
    /// Through whom requests go.
    #[serde(default)]
    pub proxy_url: Option<String>,
    /// For which hosts requests do not go through the proxy, separated by commas.
    #[serde(default)]
    pub no_proxy: Option<String>,
    /// The environment of the lab names the proxy.
    #[serde(default)]
    pub proxy_from_environment: bool,
    /// Headers for the proxy.
    #[serde(default)]
    pub proxy_connect_header: BTreeMap<String, Vec<Hidden>>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            basic_auth: None,
            authorization: None,
            bearer_token: None,
            bearer_token_file: None,
            oauth2: None,
            tls_config: None,
            follow_redirects: true,
            enable_http2: true,
            http_headers: Headers::default(),
            proxy_url: None,
            no_proxy: None,
            proxy_from_environment: false,
            proxy_connect_header: BTreeMap::new(),
        }
    }
}

impl HttpSettings {
    /// Refuses settings that contradict each other.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.check_identity()?;
        self.oauth2.as_ref().map_or(Ok(()), OAuth2::check)?;
        self.tls_config.as_ref().map_or(Ok(()), TlsConfig::check)?;
        self.http_headers.check()?;
        self.check_proxy()
    }

    /// Refuses a client that says in several ways who it is.
    pub(crate) fn check_identity(&self) -> Result<(), String> {
        let ways = [
            self.basic_auth.is_some(),
            self.authorization.is_some(),
            self.oauth2.is_some(),
            self.bearer_token.is_some() || self.bearer_token_file.is_some(),
        ];
        if ways.iter().filter(|given| **given).count() > 1 {
            return Err(
                "at most one of basic_auth, authorization, oauth2, bearer_token & bearer_token_file must be configured"
                    .to_owned(),
            );
        }
        if self.bearer_token.is_some() && self.bearer_token_file.is_some() {
            return Err("at most one of bearer_token & bearer_token_file must be configured".to_owned());
        }
        self.basic_auth.as_ref().map_or(Ok(()), BasicAuth::check)?;
        self.authorization.as_ref().map_or(Ok(()), Authorization::check)
    }

    fn check_proxy(&self) -> Result<(), String> {
        let is_named = self.proxy_url.as_ref().is_some_and(|url| !url.is_empty());
        let refuse = |reason: &str| Err(reason.to_owned());
        match &self.proxy_url {
            Some(url) if is_named && !url.starts_with("http://") && !url.starts_with("https://") => {
                return refuse("proxy_url must begin with http:// or https://; the lab speaks to no other proxies");
            }
            _ => {}
        }
        if !self.proxy_connect_header.is_empty() && !is_named && !self.proxy_from_environment {
            return refuse(
                "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured",
            );
        }
        if self.proxy_from_environment && is_named {
            return refuse("if proxy_from_environment is configured, proxy_url must not be configured");
        }
        match self.no_proxy.as_ref().is_some_and(|hosts| !hosts.is_empty()) {
            true if self.proxy_from_environment => {
                refuse("if proxy_from_environment is configured, no_proxy must not be configured")
            }
            true if !is_named => refuse("if no_proxy is configured, proxy_url must also be configured"),
            _ => Ok(()),
        }
    }

    /// What the header `Authorization` says, if it is not made of user and password.
    pub(crate) fn authorization(&self) -> Option<Authorization> {
        let bearer = || {
            let (token, file) = (self.bearer_token.clone(), self.bearer_token_file.clone());
            (token.is_some() || file.is_some()).then(|| Authorization::bearer(token.unwrap_or_default(), file))
        };
        self.authorization.clone().or_else(bearer)
    }

    /// The paths of files, which are made relative to the folder of the configuration.
    pub(crate) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let own = self.basic_auth.iter_mut().flat_map(BasicAuth::files);
        own.chain(self.authorization.iter_mut().filter_map(|given| given.credentials_file.as_mut()))
            .chain(self.bearer_token_file.as_mut())
            .chain(self.oauth2.iter_mut().flat_map(OAuth2::files))
            .chain(self.tls_config.iter_mut().flat_map(TlsConfig::files))
            .chain(self.http_headers.files())
    }
}
