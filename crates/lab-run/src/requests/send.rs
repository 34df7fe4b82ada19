//! One request over HTTP: what is filled in, what comes back.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};

use crate::expect::placeholder::{self, Place};
use crate::expect::request::{Body, RequestSpec, TRACE_CONTEXT};

/// So much of an answer is read.
const LONGEST: usize = 4 << 20;

/// A request without placeholders.
pub(crate) struct Filled {
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    within: Duration,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// The values of placeholders: those that were kept, and the variables of the environment.
pub(crate) struct Values<'a> {
    pub(crate) kept: BTreeMap<String, String>,
    pub(crate) environment: &'a BTreeMap<String, String>,
}

impl Values<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let of = if placeholder::is_kept(name) { &self.kept } else { self.environment };
        of.get(name).cloned()
    }
}

/// The request with the values of its placeholders, in the trace of `context`; or the placeholder that has none.
pub(crate) fn filled(spec: &RequestSpec, values: &Values<'_>, context: &str) -> Result<Filled, String> {
    for name in spec.texts().into_iter().flat_map(placeholder::names) {
        if values.get(name).is_none() {
            let where_from = if placeholder::is_kept(name) {
                "an earlier request should have kept it"
            } else {
                "the environment has no such variable"
            };
            return Err(format!("it needs the value ${{{name}}}, but {where_from}"));
        }
    }
    let fill = |text: &str, place| placeholder::fill(text, place, |name| values.get(name));
    let mut headers = HeaderMap::new();
    let body = match &spec.body {
        None => None,
        Some(Body::Text(text)) => Some(fill(text, Place::Text).into_bytes()),
        Some(Body::Json(json)) => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            let filled = filled_json(json, &|text| fill(text, Place::Text));
            Some(filled.to_string().into_bytes())
        }
    };
    for (name, value) in &spec.headers {
        let wrong = |_| format!("the header {name} holds characters that HTTP does not allow");
        let value = HeaderValue::from_str(&fill(value, Place::Text)).map_err(wrong)?;
        let name: HeaderName = name.parse().map_err(|_| format!("{name:?} is no name of a header"))?;
        headers.insert(name, value);
    }
    let context = HeaderValue::from_str(context).map_err(|_| "the trace context is no header".to_owned())?;
    headers.insert(TRACE_CONTEXT, context);
    let url = fill(&spec.url, Place::Url);
    Ok(Filled { method: spec.method.clone(), url, headers, body, within: spec.within })
}

/// The URL as it may be told: without values of the environment, which may be secret.
pub(crate) fn told_url(spec: &RequestSpec, values: &Values<'_>) -> String {
    placeholder::fill(&spec.url, Place::Url, |name| values.kept.get(name).cloned())
}

fn filled_json(json: &serde_json::Value, fill: &dyn Fn(&str) -> String) -> serde_json::Value {
    use serde_json::Value::{Array, Object, String};
    match json {
        String(text) => String(fill(text)),
        Array(items) => Array(items.iter().map(|item| filled_json(item, fill)).collect()),
        Object(fields) => Object(fields.iter().map(|(key, value)| (key.clone(), filled_json(value, fill))).collect()),
        other => other.clone(),
    }
}

impl Filled {
    /// Sends it and reads the answer, whatever its status; or says in words why there is none.
    pub(crate) async fn send(self, client: &Client) -> Result<Answer, String> {
        let within = self.within;
        let mut request = client.request(self.method, &self.url).headers(self.headers).timeout(within);
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let broken = |error: reqwest::Error| match (error.is_timeout(), error.is_builder()) {
            (true, _) => format!("no answer within {within:?}"),
            (_, true) => format!("{:?} is no URL of a server", self.url),
            _ => format!("no answer: {}", innermost(&error)),
        };
        let mut response = request.send().await.map_err(broken)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > LONGEST {
                return Err(format!("the answer with status {status} is longer than {LONGEST} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body })
    }
}

/// The innermost cause, without the system's number of it.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = cause.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}
