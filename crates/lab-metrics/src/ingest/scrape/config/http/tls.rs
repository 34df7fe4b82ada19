//! `tls_config`: which TLS servers are trusted, and the certificate of the client.

use std::net::IpAddr;
use std::path::PathBuf;

use serde::Deserialize;

use crate::ingest::scrape::config::http::credentials::Hidden;

/// Which TLS servers are trusted, and the certificate of the client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// PEM certificates of the authorities to trust, instead of the system's.
    pub ca: Option<String>,
    /// A file that holds them.
    pub ca_file: Option<PathBuf>,
    /// The client's own certificate, PEM.
    pub cert: Option<String>,
    /// A file that holds it.
    pub cert_file: Option<PathBuf>,
    /// Its key, PEM.
    pub key: Option<Hidden>,
    /// A file that holds the key.
    pub key_file: Option<PathBuf>,
    /// The name for which the server's certificate must be good, instead of the target's.
    pub server_name: Option<String>,
    /// Trusts any server.
    pub insecure_skip_verify: bool,
    pub min_version: Option<TlsVersion>,
    pub max_version: Option<TlsVersion>,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum TlsVersion {
    #[serde(rename = "TLS10")]
    V10,
    #[serde(rename = "TLS11")]
    V11,
    #[serde(rename = "TLS12")]
    V12,
    #[serde(rename = "TLS13")]
    V13,
}

impl TlsConfig {
    /// Refuses settings that contradict each other.
    pub(crate) fn check(&self) -> Result<(), String> {
        let refuse = |reason: &str| Err(reason.to_owned());
        for (name, both) in [
            ("ca", self.ca.is_some() && self.ca_file.is_some()),
            ("cert", self.cert.is_some() && self.cert_file.is_some()),
            ("key", self.key.is_some() && self.key_file.is_some()),
        ] {
            if both {
                return Err(format!("tls_config: at most one of {name} and {name}_file must be configured"));
            }
        }
        if (self.cert.is_some() || self.cert_file.is_some()) != (self.key.is_some() || self.key_file.is_some()) {
            return refuse("tls_config needs both cert_file and key_file, or neither of them");
        }
        if self.server_name.as_ref().is_some_and(|name| name.is_empty() || name.parse::<IpAddr>().is_ok()) {
            return refuse("server_name of tls_config must be a host name, not an IP address");
        }
        if self.max_version.is_some_and(|version| version < TlsVersion::V12) {
            return refuse("tls_config: the lab speaks TLS 1.2 and 1.3 only, so max_version must be TLS12 or TLS13");
        }
        if self.max_version.is_some_and(|most| self.min_version.is_some_and(|least| least > most)) {
            return refuse("tls_config: max_version must be greater than or equal to min_version");
        }
        Ok(())
    }

    pub(crate) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [self.ca_file.as_mut(), self.cert_file.as_mut(), self.key_file.as_mut()].into_iter().flatten()
    }
}
