//! Which host names the lab answers to. A web page of another site can make a browser send requests to
//! loopback under a name of its own (DNS rebinding) but not under an address or `localhost`; so any address
//! and `localhost` are good, other names only when `--allowed-host` lists them.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The names that are allowed besides `localhost` and addresses.
#[derive(Clone, Debug)]
pub struct HostGuard(Arc<[String]>);

impl HostGuard {
    /// Allows these names too.
    pub fn new(allowed: &[String]) -> Self {
        Self(allowed.iter().map(|name| name.to_ascii_lowercase()).collect())
    }

    /// Whether a `host` or `host:port` may be answered to.
    pub fn allows(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else { return false };
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&host);
        address.parse::<IpAddr>().is_ok()
            || host == "localhost"
            || host.ends_with(".localhost")
            || self.0.contains(&host)
    }
}

/// Refuses requests under a foreign name; such without a name come from no browser.
pub async fn check(State(guard): State<HostGuard>, request: Request, next: Next) -> Response {
    let header = request.headers().get(HOST).map(|value| value.to_str().unwrap_or("?"));
    let authority = header.or_else(|| request.uri().authority().map(Authority::as_str));
    match authority {
        Some(authority) if !guard.allows(authority) => {
            let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
            let text = format!(
                "This lab does not answer to the name {host:?}. If it should, start it with --allowed-host {host}\n"
            );
            (StatusCode::FORBIDDEN, text).into_response()
        }
        _ => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_localhost_and_listed_names_are_allowed() {
        let guard = HostGuard::new(&["Lab.Example".into()]);
        for good in
            ["localhost", "localhost:9090", "127.0.0.1:3000", "[::1]:80", "10.0.0.1", "lab.example:1", "a.localhost"]
        {
            assert!(guard.allows(good), "{good}");
        }
        for bad in ["evil.example", "localhost.evil.example:9090", "127.0.0.1.evil.example", "", "a b", "xlab.example"]
        {
            assert!(!guard.allows(bad), "{bad}");
        }
    }
}
