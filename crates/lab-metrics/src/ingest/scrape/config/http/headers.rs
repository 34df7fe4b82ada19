//! `http_headers`: further headers of each request.

use std::collections::BTreeMap;
use std::path::PathBuf;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

use crate::ingest::scrape::config::http::credentials::{Hidden, from_file};

/// Headers that are not the configuration's to set, in small letters.
const RESERVED: [&str; 18] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "user-agent",
    "www-authenticate",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
    "x-prometheus-remote-read-version",
    "x-prometheus-remote-write-version",
    "x-prometheus-scrape-timeout-seconds",
];

/// Further headers, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct Headers(BTreeMap<String, Header>);

/// The values of a header; each is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Header {
    values: Vec<Hidden>,
    secrets: Vec<Hidden>,
    /// Files that hold values.
    files: Vec<PathBuf>,
}

/// Refuses names that no header can have, and headers that are not the configuration's to set.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let header = HeaderName::try_from(name).map_err(|_| format!("{name:?} is not the name of a header"))?;
    if RESERVED.contains(&header.as_str()) {
        return Err(format!("setting header {name:?} is not allowed"));
    }
    Ok(())
}

impl Headers {
    pub(crate) fn check(&self) -> Result<(), String> {
        self.0.keys().try_for_each(|name| check_name(name))
    }

    /// The headers as they are sent now.
    pub(crate) async fn read(&self) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        for (name, values) in &self.0 {
            let mut texts: Vec<_> =
                values.values.iter().chain(&values.secrets).map(|value| value.reveal().to_owned()).collect();
            for file in &values.files {
                texts.push(from_file(file).await?);
            }
            for text in texts {
                let wrong = format!("http_headers: the name or a value of {name:?} is not allowed in HTTP");
                let name = HeaderName::try_from(name.as_str()).map_err(|_| wrong.clone())?;
                headers.append(name, HeaderValue::try_from(text).map_err(|_| wrong)?);
            }
        }
        Ok(headers)
    }

    pub(crate) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.0.values_mut().flat_map(|values| &mut values.files)
    }
}
