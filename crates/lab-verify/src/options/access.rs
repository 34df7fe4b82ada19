//! How a command comes in at servers that ask for TLS and passwords.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Certificate, Client};

use crate::stack::endpoint::user::User;
use crate::stack::endpoint::{ClientError, ServerUrl, ServerUrlError, innermost};

/// Options of every command that asks the lab.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Access {
    /// Log in to the lab's servers with this name and password, if --web-config asks for them
    #[arg(long, value_name = "NAME:PASSWORD", hide_env_values = true)]
    pub user: Option<User>,
    /// Ask the servers of the lab by https and trust the certificate authorities in this PEM file
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Ask the servers of the lab by https and trust any certificate
    #[arg(long)]
    pub insecure: bool,
}

impl Access {
    /// A server of the lab on this machine, whose URL without TLS is `http`. By https it is called `localhost`, for
    /// which its certificate is more likely to be good than for an address.
    pub fn local(&self, http: &str) -> Result<ServerUrl, ServerUrlError> {
        let is_tls = self.insecure || self.ca_file.is_some();
        if is_tls { http.replacen("http://127.0.0.1", "https://localhost", 1).parse() } else { http.parse() }
    }

    /// A client that keeps connections alive and uses no proxy; each answer may take `timeout`.
    pub fn client(&self, timeout: Duration) -> Result<Client, ClientError> {
        // Another component may have chosen a provider before; any one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder().no_proxy().timeout(timeout).redirect(reqwest::redirect::Policy::none());
        builder = builder.user_agent(concat!("dicelab/", env!("CARGO_PKG_VERSION")));
        if let Some(file) = &self.ca_file {
            let unusable = |error: String| ClientError(format!("--ca-file {}: {error}", file.display()));
            let pem = std::fs::read(file).map_err(|error| unusable(error.to_string()))?;
            let authorities = Certificate::from_pem_bundle(&pem).map_err(|error| unusable(innermost(&error)))?;
            if authorities.is_empty() {
                return Err(unusable("holds no certificate in PEM form".to_owned()));
            }
            builder = builder.tls_certs_only(authorities);
        }
        if self.insecure {
            builder = builder.tls_danger_accept_invalid_certs(true);
        }
        builder.build().map_err(|error| ClientError(innermost(&error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_named() {
        let access = Access { ca_file: Some("/dev/null".into()), ..Access::default() };
        let error = access.client(Duration::from_secs(1)).expect_err("no certificate").to_string();
        assert!(error.contains("--ca-file /dev/null"), "{error}");
    }
}
