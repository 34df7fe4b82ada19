//! Who asks: a name and a password, as HTTP's basic authentication has them.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::HeaderValue;

/// A name and a password, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct User(String);

impl FromStr for User {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        // Without a colon the password is empty, as for curl's option of the same name.
        Ok(Self(if text.contains(':') { text.to_owned() } else { format!("{text}:") }))
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl User {
    /// The one of a URL, `http://name:password@host`; `None` if it names nobody.
    pub(crate) fn of(url: &Url) -> Option<Self> {
        let name = (!url.username().is_empty()).then(|| decoded(url.username()))?;
        Some(Self(format!("{name}:{}", url.password().map(decoded).unwrap_or_default())))
    }

    /// The value of the header `Authorization` (RFC 7617).
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(&self.0))).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// A part of a URL without its percent signs.
fn decoded(text: &str) -> String {
    let query = format!("_={}", text.replace('+', "%2B").replace('&', "%26"));
    form_urlencoded::parse(query.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_become_a_header_and_are_never_shown() {
        let user: User = "me:pass:word".parse().unwrap_or_else(|never| match never {});
        assert_eq!(user.header(), Some(HeaderValue::from_static("Basic bWU6cGFzczp3b3Jk")));
        assert_eq!(format!("{user:?}"), "<secret>");
        assert_eq!("me".parse(), Ok(User("me:".to_owned())));
    }

    #[test]
    fn a_url_names_its_user_by_percent_signs() {
        let url = |text: &str| Url::parse(text).expect("a URL");
        assert_eq!(User::of(&url("http://a%40b:c+d%2F&e@host")), Some(User("a@b:c+d/&e".to_owned())));
        assert_eq!(User::of(&url("http://me@host")), Some(User("me:".to_owned())));
        assert_eq!(User::of(&url("http://host/@")), None);
    }
}
