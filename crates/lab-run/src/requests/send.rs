//! One request over HTTP: what is filled in, what comes back.

use std::collections::BTreeMap;
use std::time::Duration;

use lab_verify::stack::endpoint::innermost;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};

use crate::expect::placeholder::{self, Place};
use crate::expect::request::{Body, RequestSpec, TRACE_CONTEXT};

/// So much of an answer is read.
const LONGEST: usize = 4 << 20;
/// Shorter values of the environment are no secrets: replacing a `1` or a port in a report would only garble it.
const SHORTEST_SECRET: usize = 6;

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

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
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

    /// The text of a server, which may repeat what it was sent, as it may be told: in place of the values of the environment
    /// that the request holds stand their names, as `${NAME}`.
    pub(crate) fn told(&self, spec: &RequestSpec, text: &str) -> String {
        let names = spec.texts().into_iter().flat_map(placeholder::names).filter(|name| !placeholder::is_kept(name));
        let mut secrets: Vec<(String, &str)> = names
            .filter_map(|name| Some((self.environment.get(name)?, name)))
            .filter(|(value, _)| value.len() >= SHORTEST_SECRET)
            .flat_map(|(value, name)| forms(value).map(|form| (form, name)))
            .collect();
        // A value may be part of another one.
        secrets.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        secrets.iter().fold(text.to_owned(), |text, (value, name)| text.replace(value, &format!("${{{name}}}")))
    }
}

/// A value as it is, as a URL holds it, and as JSON does.
fn forms(value: &str) -> [String; 3] {
    let json = serde_json::Value::from(value).to_string();
    [value.to_owned(), placeholder::percent_encoded(value), json[1..json.len() - 1].to_owned()]
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
            (_, true) => "the URL with its values filled in is not that of a server; does it begin with http:// or \
                          https://, and is a name of a host behind that?"
                .to_owned(),
            _ => format!("no answer: {}", innermost(&error.without_url())),
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use lab_verify::options::access::Access;

    use super::*;
    use crate::expect::file;

    const SECRET: &str = "s3cr3t/\"token\"";

    fn spec(url: &str) -> RequestSpec {
        let text = format!("requests:\n- {{url: '{url}', headers: {{X-Key: '${{KEY}}'}}, body: '${{PORT}}'}}\n");
        let file = file::parse(Path::new("dicelab.yaml"), &text).expect("a file");
        file.requests.into_iter().next().expect("a request")
    }

    fn environment(values: &[(&str, &str)]) -> BTreeMap<String, String> {
        let all = [("TOKEN", SECRET), ("KEY", "of-the-header"), ("PORT", "8080")];
        all.iter().chain(values).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[tokio::test]
    async fn an_error_of_a_request_shows_no_value_of_the_environment() {
        let client = Access::default().client(Duration::from_secs(10)).expect("a client");
        for base in ["localhost:1", "", "ftp://localhost", "http://?", "http://me:hunter2@[", "http://127.0.0.1:1"] {
            let environment = environment(&[("BASE", base)]);
            let values = Values { kept: BTreeMap::new(), environment: &environment };
            let filled = filled(&spec("${BASE}/x?token=${TOKEN}"), &values, "00-1-1-01").expect("filled");
            let error = filled.send(&client).await.err().expect("no such server");
            assert!(!error.contains("s3cr3t") && !error.contains("hunter2"), "{base}: {error}");
            assert_eq!(error.contains("does it begin with http://"), base != "http://127.0.0.1:1", "{base}: {error}");
        }
    }

    #[test]
    fn what_a_server_repeats_of_the_environment_is_told_by_its_name() {
        let environment = environment(&[("OTHER", "not of this request")]);
        let values = Values { kept: BTreeMap::new(), environment: &environment };
        let spec = spec("http://localhost/x?token=${TOKEN}");
        let told = |text: &str| values.told(&spec, text);
        assert_eq!(told(&format!("bad token {SECRET}")), "bad token ${TOKEN}");
        assert_eq!(told("no /x?token=s3cr3t%2F%22token%22"), "no /x?token=${TOKEN}");
        assert_eq!(told(r#"{"got":"s3cr3t/\"token\"","key":"of-the-header"}"#), r#"{"got":"${TOKEN}","key":"${KEY}"}"#);
        assert_eq!(told("8080 is not of this request"), "8080 is not of this request");
    }
}
