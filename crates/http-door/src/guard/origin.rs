//! The origin of the page that asks, as browsers tell it.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use http::header::{HeaderName, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, Request};

use crate::guard::host;

/// The header by which browsers tell how far away the asking page is.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// The header by which browsers tell that a person follows a link.
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
/// The header by which browsers tell where the answer will be shown.
const DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// The origin of a web page, such as `https://app.example:8443`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// The text is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected the origin of a web page, such as http://localhost:5173 (no path, no *), not {0:?}")]
pub struct OriginError(String);

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let refuse = || OriginError(text.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(refuse)?;
        let authority = rest.strip_suffix('/').unwrap_or(rest).parse::<Authority>().map_err(|_| refuse())?;
        let plain = !authority.as_str().contains(['@', '*']) && !authority.host().is_empty();
        let scheme = scheme.to_ascii_lowercase();
        if !plain
            || scheme.is_empty()
            || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        {
            return Err(refuse());
        }
        Ok(Self(format!("{scheme}://{}", address(&scheme, &authority))))
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Host and port in the form in which browsers write them: without the scheme's usual port.
fn address(scheme: &str, authority: &Authority) -> String {
    let usual = match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    };
    match authority.port_u16() {
        port @ Some(_) if port == usual => host::name(authority),
        Some(port) => format!("{}:{port}", host::name(authority)),
        None => host::name(authority),
    }
}

/// Which page a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asker {
    /// A page of the door's own origin, or a program that is no browser.
    Own,
    /// A page whose origin is on the list.
    Listed(HeaderValue),
    /// A page of any other origin. `same_site` if it is of another port of the same host.
    Foreign {
        /// The page is of the same host, but of another port.
        same_site: bool,
    },
}

impl Asker {
    /// Finds out who asks. `authority` is the host that the request is for.
    pub(super) fn of(headers: &HeaderMap, authority: Option<&Authority>, listed: &[Origin]) -> Self {
        let site = headers.get(SITE).map(HeaderValue::as_bytes);
        let origins: Vec<_> = headers.get_all(ORIGIN).iter().collect();
        let foreign = Self::Foreign { same_site: site == Some(b"same-site") };
        match (&origins[..], site) {
            ([], None | Some(b"same-origin" | b"none")) => Self::Own,
            // A page that hides its referrer is of an origin called `null` even to its own server.
            ([origin], Some(b"same-origin")) if origin.as_bytes() == b"null" => Self::Own,
            ([origin], site) => match origin.to_str().ok().and_then(|text| text.parse::<Origin>().ok()) {
                Some(named) if is_of(&named, authority) && !matches!(site, Some(b"cross-site" | b"same-site")) => {
                    Self::Own
                }
                Some(named) if listed.contains(&named) => Self::Listed((*origin).clone()),
                _ => foreign,
            },
            _ => foreign,
        }
    }
}

/// Whether `origin` is that of the host itself. A proxy that ends TLS before us may have changed the scheme, so
/// that alone makes no difference.
fn is_of(origin: &Origin, authority: Option<&Authority>) -> bool {
    let (Some((scheme, named)), Some(authority)) = (origin.0.split_once("://"), authority) else { return false };
    named == address(scheme, authority)
}

/// Whether a person follows a link, and the answer will fill a window.
pub(super) fn is_navigation<B>(request: &Request<B>) -> bool {
    let value = |name: HeaderName| request.headers().get(name).map(HeaderValue::as_bytes);
    matches!(*request.method(), Method::GET | Method::HEAD)
        && value(MODE) == Some(b"navigate")
        && matches!(value(DESTINATION), None | Some(b"document" | b"empty"))
}
