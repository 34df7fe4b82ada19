//! The host that a request is for: exactly one, and one that the door answers to.

use std::net::IpAddr;
use std::sync::Arc;

use http::header::HOST;
use http::uri::Authority;
use http::{Request, Version};

/// The names that a door answers to.
#[derive(Debug, Clone, Default)]
pub enum Hosts {
    /// Every name: the door stands in a network with names of its own, as a container's does.
    #[default]
    Any,
    /// These names, `localhost` and addresses.
    Only(Arc<[String]>),
}

/// What is wrong with the host of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// RFC 9112, section 3.2: a client must send it.
    #[error("the request has no Host header; HTTP/1.1 requires one")]
    Missing,
    /// RFC 9112, section 3.2: a server must refuse it.
    #[error("the request has {0} Host headers; there must be exactly one")]
    Several(usize),
    /// It is no `host` or `host:port`.
    #[error("the Host header of the request is not a host name or address with an optional port")]
    Invalid,
    /// It is not one of ours.
    #[error("this port does not answer to the name {0:?}; if it should, start the lab with --allowed-host {0}")]
    Foreign(String),
}

impl Hosts {
    /// These names besides `localhost` and addresses.
    pub fn only(names: &[String]) -> Self {
        Self::Only(names.iter().map(|name| name.to_ascii_lowercase()).collect())
    }

    fn answer_to(&self, host: &str) -> bool {
        let Self::Only(names) = self else { return true };
        let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        address.parse::<IpAddr>().is_ok()
            || host == "localhost"
            || host.ends_with(".localhost")
            || names.iter().any(|name| name == host)
    }

    /// The host of a request, with its port if it names one; `None` for HTTP/1.0 without a host.
    ///
    /// The host of the request's target goes before the `Host` header (RFC 9112, section 3.2.2), but both must be
    /// good.
    pub(super) fn check<B>(&self, request: &Request<B>) -> Result<Option<Authority>, HostError> {
        let headers: Vec<_> = request.headers().get_all(HOST).iter().collect();
        let target = request.uri().authority();
        let header = match headers[..] {
            [] if target.is_some() && request.version() != Version::HTTP_11 => None,
            [] if request.version() < Version::HTTP_11 => None,
            [] => return Err(HostError::Missing),
            [header] => Some(Authority::try_from(header.as_bytes()).map_err(|_| HostError::Invalid)?),
            _ => return Err(HostError::Several(headers.len())),
        };
        for authority in target.into_iter().chain(&header) {
            if authority.host().is_empty() || authority.as_str().contains('@') || has_bad_port(authority) {
                return Err(HostError::Invalid);
            }
            let host = name(authority);
            if !self.answer_to(&host) {
                return Err(HostError::Foreign(host));
            }
        }
        Ok(target.cloned().or(header))
    }
}

/// The host alone, in lower case and without the dot at the end of an absolute name.
pub(super) fn name(authority: &Authority) -> String {
    authority.host().trim_end_matches('.').to_ascii_lowercase()
}

/// Something stands where the port should be, and is none.
fn has_bad_port(authority: &Authority) -> bool {
    let rest = &authority.as_str()[authority.host().len()..];
    !rest.is_empty() && rest != ":" && authority.port_u16().is_none()
}
