//! The format of the file, read strictly: a key that nobody knows is a mistake, since what it asks for would silently
//! not happen.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use http::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_yaml_ng::Value;

use crate::web_config::mistake::Mistake;

/// The headers that the file may add to answers, with the values that they may have if not any.
const HEADERS: [(&str, &[&str]); 5] = [
    ("Strict-Transport-Security", &[]),
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-Frame-Options", &["deny", "sameorigin"]),
    ("X-XSS-Protection", &[]),
    ("Content-Security-Policy", &[]),
];

/// The words of YAML 1.1 for a truth value, beside `true` and `false`.
const TRUE: [&str; 8] = ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"];
const FALSE: [&str; 8] = ["n", "N", "no", "No", "NO", "off", "Off", "OFF"];

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct WebFile {
    pub(super) tls_server_config: Option<TlsSection>,
    pub(super) http_server_config: Option<HttpSection>,
    pub(super) rate_limit: Option<RateSection>,
    pub(super) basic_auth_users: Users,
}

/// The certificate of the port, and what it asks of its clients.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TlsSection {
    #[serde(deserialize_with = "text")]
    pub(super) cert: String,
    pub(super) key: Secret,
    #[serde(deserialize_with = "text")]
    pub(super) client_ca: String,
    pub(super) cert_file: Option<PathBuf>,
    pub(super) key_file: Option<PathBuf>,
    #[serde(deserialize_with = "text")]
    pub(super) client_auth_type: String,
    pub(super) client_ca_file: Option<PathBuf>,
    pub(super) cipher_suites: Vec<String>,
    pub(super) curve_preferences: Vec<String>,
    pub(super) min_version: Option<String>,
    pub(super) max_version: Option<String>,
    /// Let pass: the server's order always goes before the client's.
    pub(super) prefer_server_cipher_suites: Option<bool>,
    pub(super) client_allowed_sans: Option<Vec<String>>,
}

/// How HTTP is spoken.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct HttpSection {
    #[serde(deserialize_with = "switch")]
    pub(super) http2: bool,
    pub(super) headers: BTreeMap<String, String>,
}

/// How many requests are answered.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RateSection {
    /// So many at the same time, if none came before.
    pub(super) burst: u32,
    /// One more after each of these times, written like `100ms`; empty or 0 for no limit.
    #[serde(deserialize_with = "text")]
    pub(super) interval: String,
}

/// The hash of each user's password.
#[derive(Debug, Default)]
pub(super) struct Users(pub(super) BTreeMap<String, Secret>);

/// A text that is never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Secret(pub(super) String);

impl Default for HttpSection {
    fn default() -> Self {
        Self { http2: true, headers: BTreeMap::new() }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // An error of the reader's own names the kind of what stands there, and no text is of a wrong kind.
        Option::<String>::deserialize(deserializer).map(|text| Self(text.unwrap_or_default()))
    }
}

impl<'de> Deserialize<'de> for Users {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let users = Option::<BTreeMap<String, Secret>>::deserialize(deserializer).map_err(|error| {
            // A text or a number in a wrong place would be quoted.
            let is_quoted = error.to_string().contains(['"', '`']);
            let expected = "expected a mapping of user names to the bcrypt hashes of their passwords";
            if is_quoted { D::Error::custom(format!("basic_auth_users: {expected}")) } else { error }
        })?;
        Ok(Self(users.unwrap_or_default()))
    }
}

/// A text, or nothing.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::<String>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A truth value, also in the words that YAML 1.1 has for it.
fn switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Bool(truth) => Ok(truth),
        Value::String(word) if TRUE.contains(&&*word) => Ok(true),
        Value::String(word) if FALSE.contains(&&*word) => Ok(false),
        _ => Err(D::Error::custom("expected true or false")),
    }
}

impl WebFile {
    /// Reads the text of a file; paths in it are relative to `folder`.
    pub(super) fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        // As a value first, because only that notices a key that occurs twice.
        let value: Value = serde_yaml_ng::from_str(text).map_err(|error| error.to_string())?;
        let mut file: Self = match value {
            Value::Null => Self::default(),
            Value::Mapping(_) => serde_yaml_ng::from_str(text).map_err(|error| error.to_string())?,
            _ => return Err("expected keys such as tls_server_config and basic_auth_users".to_owned()),
        };
        if let Some(tls) = &mut file.tls_server_config {
            for path in [&mut tls.cert_file, &mut tls.key_file, &mut tls.client_ca_file] {
                // An empty path is none, as in Prometheus.
                *path = path.take().filter(|path| !path.as_os_str().is_empty()).map(|path| folder.join(path));
            }
        }
        Ok(file)
    }
}

impl TlsSection {
    /// True if it asks for TLS; a section without a certificate and without clients' certificates does not.
    pub(super) fn is_enabled(&self) -> bool {
        let texts = [&self.cert, &self.key.0, &self.client_ca, &self.client_auth_type];
        let files = [&self.cert_file, &self.key_file, &self.client_ca_file];
        texts.iter().any(|text| !text.is_empty()) || files.iter().any(|file| file.is_some())
    }

    /// The files that it names.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.cert_file, &self.key_file, &self.client_ca_file].into_iter().flatten().map(PathBuf::as_path)
    }
}

impl HttpSection {
    /// The headers that answers get.
    pub(super) fn headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, Mistake> {
        let header = |(name, value): (&String, &String)| {
            let wrong = |what: String| Mistake::new(format!("http_server_config.headers.{name}"), what);
            let Some((_, allowed)) = HEADERS.iter().find(|(known, _)| known == name) else {
                let known = HEADERS.map(|(known, _)| known).join(", ");
                return Err(wrong(format!("this header cannot be configured; expected one of {known}")));
            };
            if !allowed.is_empty() && !allowed.contains(&value.as_str()) {
                return Err(wrong(format!("expected {}, not {value:?}", allowed.join(" or "))));
            }
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| wrong(error.to_string()))?;
            let value = HeaderValue::from_str(value)
                .map_err(|_| wrong("the value has characters that an HTTP header cannot have".to_owned()))?;
            Ok((name, value))
        };
        self.headers.iter().map(header).collect()
    }
}
