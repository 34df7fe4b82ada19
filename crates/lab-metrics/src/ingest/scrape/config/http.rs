//! Authentication and TLS of scrape requests: `basic_auth`, `authorization`, `tls_config`.
//!
//! Secrets never appear in `Debug`. Those in files are read anew for each request, as Prometheus does, so that
//! they can be exchanged without a reload.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// How requests connect and who they say they are.
#[derive(Clone, Debug, Default)]
pub struct HttpSettings {
    pub basic_auth: Option<BasicAuth>,
    /// The header `Authorization`, if it is not made of user and password.
    pub authorization: Option<Authorization>,
    pub tls_config: Option<TlsConfig>,
    /// True if redirects are followed.
    pub follow_redirects: bool,
}

impl HttpSettings {
    /// Refuses settings that contradict each other.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self.basic_auth.is_some() && self.authorization.is_some() {
            return Err("at most one of basic_auth and authorization must be configured");
        }
        self.basic_auth.as_ref().map_or(Ok(()), BasicAuth::check)?;
        self.authorization.as_ref().map_or(Ok(()), Authorization::check)?;
        self.tls_config.as_ref().map_or(Ok(()), TlsConfig::check)
    }
}

/// User and password.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasicAuth {
    pub username: String,
    #[serde(default)]
    pub password: String,
    /// A file that holds the password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
}

/// The header `Authorization`, other than by user and password.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authorization {
    #[serde(default = "bearer", rename = "type")]
    pub scheme: String,
    /// What follows it.
    #[serde(default)]
    pub credentials: String,
    /// A file that holds what follows it.
    #[serde(default)]
    pub credentials_file: Option<PathBuf>,
}

/// Which TLS servers are trusted, and the certificate of the client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// PEM certificates of the authorities to trust, instead of the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The client's own certificate, PEM.
    #[serde(default)]
    pub cert_file: Option<PathBuf>,
    /// Its key, PEM.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// The name for which the server's certificate must be good, instead of the target's.
    #[serde(default)]
    pub server_name: Option<String>,
    /// Trusts any server.
    #[serde(default)]
    pub insecure_skip_verify: bool,
}

impl fmt::Debug for BasicAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicAuth").field("username", &self.username).finish_non_exhaustive()
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization").field("type", &self.scheme).finish_non_exhaustive()
    }
}

impl BasicAuth {
    /// The password, from its file if there is one.
    pub(crate) async fn secret(&self) -> Result<String, String> {
        secret(&self.password, self.password_file.as_deref()).await
    }

    /// Refuses settings that contradict each other.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if !self.password.is_empty() && self.password_file.is_some() {
            return Err("at most one of basic_auth password & password_file must be configured");
        }
        Ok(())
    }
}

impl Authorization {
    /// The header's value.
    pub(crate) async fn header(&self) -> Result<String, String> {
        Ok(format!("{} {}", self.scheme, secret(&self.credentials, self.credentials_file.as_deref()).await?))
    }

    /// Refuses settings that contradict each other.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self.scheme.trim().eq_ignore_ascii_case("basic") {
            return Err("authorization type cannot be set to \"basic\", use \"basic_auth\" instead");
        }
        if !self.credentials.is_empty() && self.credentials_file.is_some() {
            return Err("at most one of authorization credentials & credentials_file must be configured");
        }
        Ok(())
    }
}

impl TlsConfig {
    /// Refuses settings that contradict each other.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self.cert_file.is_some() != self.key_file.is_some() {
            return Err("tls_config needs both cert_file and key_file, or neither of them");
        }
        if self.server_name.as_ref().is_some_and(|name| name.is_empty() || name.parse::<IpAddr>().is_ok()) {
            return Err("server_name of tls_config must be a host name, not an IP address");
        }
        Ok(())
    }
}

/// The paths of files, which are made relative to the folder of the configuration.
pub(crate) fn files<'a>(
    basic: Option<&'a mut BasicAuth>,
    authorization: Option<&'a mut Authorization>,
    tls: Option<&'a mut TlsConfig>,
) -> impl Iterator<Item = &'a mut PathBuf> {
    let secrets = [
        basic.and_then(|basic| basic.password_file.as_mut()),
        authorization.and_then(|authorization| authorization.credentials_file.as_mut()),
    ];
    let tls = tls.map(|tls| [tls.ca_file.as_mut(), tls.cert_file.as_mut(), tls.key_file.as_mut()]);
    secrets.into_iter().chain(tls.into_iter().flatten()).flatten()
}

async fn secret(given: &str, file: Option<&Path>) -> Result<String, String> {
    let Some(file) = file else { return Ok(given.to_owned()) };
    let text = tokio::fs::read_to_string(file).await;
    text.map(|text| text.trim().to_owned()).map_err(|error| format!("unable to read {}: {error}", file.display()))
}

fn bearer() -> String {
    "Bearer".to_owned()
}
