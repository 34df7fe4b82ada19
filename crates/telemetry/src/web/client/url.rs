//! Addresses of other services.

use std::fmt::{self, Write};
use std::str::FromStr;

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};

/// Where a service is, for example `http://127.0.0.1:8106`; parsed from option values with [`FromStr`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    authority: Authority,
    /// Without a slash at its end.
    prefix: String,
}

/// Why a text is no base URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid base URL: {0:?} (expected for example http://127.0.0.1:8106, without a user)")]
pub struct UrlError(String);

impl BaseUrl {
    /// The URI of `path` (which begins with `/`) with these query parameters, encoded.
    pub fn with(&self, path: &str, query: &[(&str, &str)]) -> Uri {
        let mut text = format!("{}{path}", self.prefix);
        for (at, (name, value)) in query.iter().enumerate() {
            text.push(if at == 0 { '?' } else { '&' });
            encode(&mut text, name);
            text.push('=');
            encode(&mut text, value);
        }
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Some(self.authority.clone());
        // Everything was encoded above; a `path` of the caller's that is none leads to `/`.
        parts.path_and_query = Some(PathAndQuery::try_from(text).unwrap_or(PathAndQuery::from_static("/")));
        Uri::from_parts(parts).unwrap_or_default()
    }
}

impl FromStr for BaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        // A password would not be sent, and is not shown.
        let fail = || UrlError(text.rsplit_once('@').map_or(text, |(_, host)| host).to_owned());
        let uri = Uri::from_str(text).map_err(|_| fail())?;
        if uri.scheme() != Some(&Scheme::HTTP) || uri.query().is_some() {
            return Err(fail());
        }
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(fail)?.clone();
        Ok(Self { authority, prefix: uri.path().trim_end_matches('/').to_owned() })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.prefix)
    }
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::web::query::{Params, text};

    #[test]
    fn bases_are_parsed() {
        let base = |text: &str| text.parse::<BaseUrl>().map(|base| base.to_string());
        assert_eq!(base("http://127.0.0.1:8106"), Ok("http://127.0.0.1:8106".into()));
        assert_eq!(base("http://host/a/"), Ok("http://host/a".into()));
        for bad in ["", "host", "host:80", "https://host", "http://", "http://host?a", "ftp://host"] {
            assert!(base(bad).is_err(), "{bad:?}");
        }
        let said = base("http://me:hunter2@host").expect_err("no user").to_string();
        assert!(said.contains("host") && !said.contains("hunter2"), "{said}");
    }

    proptest! {
        #[test]
        fn any_value_arrives_as_it_was(value in ".{1,20}") {
            let base: BaseUrl = "http://host:1/x".parse().expect("valid");
            let uri = base.with("/dice", &[("identifier", &value), ("b", "2")]);
            prop_assert_eq!(uri.path(), "/x/dice");
            let mut params = Params::from(&uri);
            let read = (params.required("identifier", text), params.required("b", text));
            prop_assert_eq!(params.finish(read), Ok((value, "2".to_owned())));
        }
    }
}
