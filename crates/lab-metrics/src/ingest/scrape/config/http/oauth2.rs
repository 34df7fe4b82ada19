//! `oauth2`: where a token is fetched, by the credentials of a client.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::ingest::scrape::config::http::credentials::Hidden;
use crate::ingest::scrape::config::http::tls::TlsConfig;

/// The one way to get a token that the lab knows.
const BY_CREDENTIALS: &str = "client_credentials";

/// Where a token is fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OAuth2 {
    pub client_id: Hidden,
    pub client_secret: Hidden,
    /// A file that holds the secret.
    pub client_secret_file: Option<PathBuf>,
    /// How the token is got; `client_credentials` if nothing is said.
    pub grant_type: String,
    pub scopes: Vec<String>,
    pub token_url: String,
    /// Further parameters of the request for a token.
    pub endpoint_params: BTreeMap<String, Hidden>,
    /// Which servers are trusted with the request for a token.
    pub tls_config: Option<TlsConfig>,
    /// Through whom the token is fetched.
    pub proxy_url: Option<String>,
    pub no_proxy: Option<String>,
    pub proxy_from_environment: bool,
    /// Headers for that proxy.
    pub proxy_connect_header: BTreeMap<String, Vec<Hidden>>,
}

impl OAuth2 {
    /// Refuses what cannot work.
    pub(crate) fn check(&self) -> Result<(), String> {
        let refuse = |reason: &str| Err(reason.to_owned());
        if !self.grant_type.is_empty() && self.grant_type != BY_CREDENTIALS {
            return refuse("oauth2: the lab gets tokens by grant_type client_credentials only");
        }
        if self.client_id.is_empty() {
            return refuse("oauth2 client_id must be configured");
        }
        if self.token_url.is_empty() {
            return refuse("oauth2 token_url must be configured");
        }
        if !self.client_secret.is_empty() && self.client_secret_file.is_some() {
            return refuse("at most one of oauth2 client_secret & client_secret_file must be configured");
        }
        self.tls_config.as_ref().map_or(Ok(()), TlsConfig::check)
    }

    pub(crate) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.client_secret_file.iter_mut().chain(self.tls_config.iter_mut().flat_map(TlsConfig::files))
    }
}
