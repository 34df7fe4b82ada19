//! One HTTP server that is asked: requests within a time-out, bodies within a limit, errors that name the URL
//! and the reason.

pub mod user;

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::stack::endpoint::user::User;

/// For one answer, unless told otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(15);
/// A server that was silent so often in a row is not asked again, or a stalled one would take hours to judge.
const PATIENCE: u32 = 2;
/// Longest body that is read.
const LONGEST_BODY: usize = 128 << 20;
/// So much of an error's body is quoted.
const QUOTED: usize = 300;

/// Where a server is: `http://` or `https://`, perhaps with a path before its own paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl(Url);

/// Why a text is no [`ServerUrl`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a server's URL: {0:?} (expected for example http://localhost:9090)")]
pub struct ServerUrlError(String);

/// A header that goes with every request, `Authorization: Basic …` for example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    name: HeaderName,
    value: HeaderValue,
}

/// A server that can be asked. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Endpoint {
    base: Url,
    client: Client,
    headers: HeaderMap,
    /// Who asks, in a header.
    user: Option<HeaderValue>,
    /// How long an answer may take.
    timeout: Duration,
    /// Questions in a row that were not answered in time, over all clones.
    silent: Arc<AtomicU32>,
}

/// A complete answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was asked.
    pub url: String,
    /// HTTP status code.
    pub status: u16,
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Why an endpoint gave no usable answer. The text names the URL and the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{url}: {reason}")]
pub struct AskError {
    /// What was asked, without its query.
    pub url: String,
    /// Why there is nothing to read.
    pub reason: Reason,
}

/// What went wrong with a question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// There was no connection, or it broke.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// The answer was not complete in time.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// It was silent too often.
    #[error(
        "did not answer {PATIENCE} requests in a row within {TIMEOUT:?} each; it gets no more requests in this run"
    )]
    GivenUp,
    /// The body exceeds the limit.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    /// The server said no.
    #[error("answered with status {status}{}{text}", if text.is_empty() { "" } else { ": " })]
    Status {
        /// HTTP status code.
        status: u16,
        /// The beginning of the body.
        text: String,
    },
    /// It was asked as a lab's collector.
    #[error("an Alloy is here, not a lab")]
    Alloy,
    /// The answer is not what this server should say.
    #[error("the answer is not what this server should say: {0}")]
    Unexpected(String),
}

impl From<AskError> for String {
    fn from(error: AskError) -> Self {
        error.to_string()
    }
}

/// Why there is no HTTP client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the HTTP client cannot be set up: {0}")]
pub struct ClientError(pub(crate) String);

/// Why a text is no [`Header`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected NAME: VALUE or NAME=VALUE, not {0:?}")]
pub struct HeaderError(String);

impl Endpoint {
    /// The server at `base`; `headers` go with every request.
    pub fn new(client: Client, base: &ServerUrl, headers: &[Header]) -> Self {
        let headers = headers.iter().map(|header| (header.name.clone(), header.value.clone())).collect();
        let mut base = base.0.clone();
        // A password of the URL goes into a header, so that no error and no report shows it.
        let user = User::of(&base).and_then(|user| user.header());
        let _ = (base.set_password(None), base.set_username(""));
        Self { base, client, headers, user, timeout: TIMEOUT, silent: Arc::default() }
    }

    /// The same server, asked by this user unless its URL names one.
    #[must_use]
    pub fn asked_by(mut self, user: Option<&User>) -> Self {
        self.user = self.user.or_else(|| user?.header());
        self
    }

    /// The same server, whose answers may take this long.
    #[must_use]
    pub fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The server on another port of the same machine; the same user asks it, and it gets no other headers.
    pub fn beside(&self, port: u16) -> Option<Self> {
        let mut base = self.base.clone();
        base.set_path("");
        base.set_port(Some(port)).ok()?;
        Some(Self { base, headers: HeaderMap::new(), silent: Arc::default(), ..self.clone() })
    }

    /// `http://host:port/prefix`, without a slash at the end.
    pub fn base(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// The URL of `path` (which begins with `/`) with these parameters.
    pub fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// `GET`, whatever the status of the answer.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, AskError> {
        self.ask(Method::GET, path, query).await
    }

    /// `GET` of an answer in a certain form, if the server knows it; whatever the status of the answer.
    pub async fn get_as(&self, path: &str, form: &'static str) -> Result<Answer, AskError> {
        self.send(Method::GET, self.url(path, &[]), None, Some(HeaderValue::from_static(form))).await
    }

    /// Any method without a body, whatever the status of the answer.
    pub async fn ask(&self, method: Method, path: &str, query: &[(&str, &str)]) -> Result<Answer, AskError> {
        self.send(method, self.url(path, query), None, None).await
    }

    /// `POST` of a JSON text, whatever the status of the answer.
    pub async fn post_json(&self, path: &str, json: String) -> Result<Answer, AskError> {
        self.post(path, "application/json", json.into_bytes()).await
    }

    /// `POST` of a body of any type, whatever the status of the answer.
    pub async fn post(&self, path: &str, content_type: &'static str, body: Vec<u8>) -> Result<Answer, AskError> {
        self.send(Method::POST, self.url(path, &[]), Some((content_type, body)), None).await
    }

    /// The JSON of a 2xx.
    pub async fn json<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, AskError> {
        self.get(path, query).await?.good()?.json()
    }

    /// `GET path` is answered by 2xx.
    pub async fn is_good(&self, path: &str) -> Result<(), AskError> {
        self.get(path, &[]).await?.good().map(drop)
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        body: Option<(&'static str, Vec<u8>)>,
        form: Option<HeaderValue>,
    ) -> Result<Answer, AskError> {
        let fail = |reason: Reason| AskError { url: bare(&url), reason };
        if self.silent.load(Ordering::Relaxed) >= PATIENCE {
            return Err(fail(Reason::GivenUp));
        }
        let mut request = self.client.request(method, url.clone()).timeout(self.timeout).headers(self.headers.clone());
        if let Some(user) = self.user.as_ref().filter(|_| !self.headers.contains_key(AUTHORIZATION)) {
            request = request.header(AUTHORIZATION, user);
        }
        if let Some(form) = form {
            request = request.header(ACCEPT, form);
        }
        if let Some((content_type, body)) = body {
            request = request.header(CONTENT_TYPE, content_type).body(body);
        }
        let broken = |error: reqwest::Error| {
            if error.is_timeout() {
                self.silent.fetch_add(1, Ordering::Relaxed);
                return fail(Reason::Timeout(self.timeout));
            }
            fail(Reason::Unreachable(innermost(&error)))
        };
        let mut response = request.send().await.map_err(broken)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > LONGEST_BODY {
                return Err(fail(Reason::TooLong(LONGEST_BODY)));
            }
            body.extend_from_slice(&chunk);
        }
        self.silent.store(0, Ordering::Relaxed);
        Ok(Answer { url: bare(&url), status, headers, body })
    }
}

impl AskError {
    /// Whether the same question may be answered the next time: the server is busy or still starting. One that is not
    /// there, or understands something else, will not answer then either.
    pub fn may_pass(&self) -> bool {
        matches!(self.reason, Reason::Timeout(_) | Reason::Status { status: 429 | 500.., .. })
    }
}

impl Answer {
    /// The same answer, if its status is 2xx.
    pub fn good(self) -> Result<Self, AskError> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let text = self.text();
        let text = match self.wants() {
            Some(wants) => wants.to_owned(),
            None => text.trim().chars().filter(|c| !c.is_control()).take(QUOTED).collect(),
        };
        Err(AskError { url: self.url, reason: Reason::Status { status: self.status, text } })
    }

    /// What a server of the lab asks for that it did not get, and by which option it is given.
    pub fn wants(&self) -> Option<&'static str> {
        match self.status {
            401 => Some("it asks for a name and a password: give them with --user NAME:PASSWORD"),
            400 if self.text().contains("this port speaks TLS") => {
                Some("it speaks TLS: give --ca-file FILE, or --insecure to trust any certificate")
            }
            _ => None,
        }
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, AskError> {
        serde_json::from_slice(&self.body).map_err(|error| self.unexpected(error.to_string()))
    }

    /// The body as JSON whose texts are not copied where nothing in them is escaped.
    pub fn json_borrowed<'a, T: Deserialize<'a>>(&'a self) -> Result<T, AskError> {
        serde_json::from_slice(&self.body).map_err(|error| self.unexpected(error.to_string()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of a header, if it is there and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// This answer is not what the server should say.
    pub fn unexpected(&self, why: impl Into<String>) -> AskError {
        AskError { url: self.url.clone(), reason: Reason::Unexpected(why.into()) }
    }
}

impl FromStr for ServerUrl {
    type Err = ServerUrlError;

    fn from_str(text: &str) -> Result<Self, ServerUrlError> {
        let wrong = || ServerUrlError(without_password(text));
        let url = Url::parse(text).map_err(|_| wrong())?;
        let is_http = matches!(url.scheme(), "http" | "https");
        if !is_http || url.host_str().is_none_or(str::is_empty) || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong());
        }
        Ok(Self(url))
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(self.0.as_str().trim_end_matches('/')))
    }
}

impl FromStr for Header {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, HeaderError> {
        let wrong = || HeaderError(text.to_owned());
        let at = text.find([':', '=']).ok_or_else(wrong)?;
        let (name, value) = (text[..at].trim(), text[at + 1..].trim());
        let mut value: HeaderValue = value.parse().map_err(|_| wrong())?;
        value.set_sensitive(true);
        Ok(Self { name: name.parse().map_err(|_| wrong())?, value })
    }
}

/// A URL as people may read it, whoever it belongs to.
fn without_password(text: &str) -> String {
    let begin = text.find("://").map_or(0, |at| at + 3);
    let end = text[begin..].find(['/', '?', '#']).map_or(text.len(), |at| begin + at);
    match text[begin..end].rfind('@') {
        Some(at) => format!("{}<secret>{}", &text[..begin], &text[begin + at..]),
        None => text.to_owned(),
    }
}

/// An address as people read it: without a query, which may be long.
fn bare(url: &Url) -> String {
    let mut bare = url.clone();
    bare.set_query(None);
    bare.to_string()
}

/// The innermost cause, which is what a person can act upon.
pub fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    // The system's number of an error adds nothing for the reader.
    let text = cause.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::access::Access;

    fn client() -> Client {
        Access::default().client(TIMEOUT).expect("a client")
    }

    #[test]
    fn servers_are_addressed_with_their_prefix() {
        let server: ServerUrl = "https://host/prefix/".parse().expect("a URL");
        let endpoint = Endpoint::new(client(), &server, &[]);
        assert_eq!(
            endpoint.url("/api/v1/query", &[("query", "up == 1")]).as_str(),
            "https://host/prefix/api/v1/query?query=up+%3D%3D+1"
        );
        assert_eq!(endpoint.base(), "https://host/prefix");
        assert_eq!(endpoint.beside(4318).as_ref().map(Endpoint::base), Some("https://host:4318"));
        for bad in ["", "host:9090", "ftp://host", "http://", "http://host?a=b"] {
            assert!(bad.parse::<ServerUrl>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_used_and_never_shown() {
        let server: ServerUrl = "http://me:hunter2@host".parse().expect("a URL");
        let endpoint = Endpoint::new(client(), &server, &[]);
        assert_eq!(endpoint.user, Some(HeaderValue::from_static("Basic bWU6aHVudGVyMg==")));
        assert_eq!((endpoint.base(), &*server.to_string()), ("http://host", "http://<secret>@host"));
        let error = "ftp://me:hunter2@host".parse::<ServerUrl>().expect_err("no server").to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn headers_are_written_in_two_ways() {
        let header: Header = "Authorization: Basic a=b".parse().expect("a header");
        assert_eq!((header.name.as_str(), header.value.as_bytes()), ("authorization", &b"Basic a=b"[..]));
        assert_eq!("X-Scope-OrgID=7".parse::<Header>().map(|header| header.value), Ok("7".parse().expect("text")));
        assert!("nothing".parse::<Header>().is_err());
    }

    #[tokio::test]
    async fn an_unreachable_server_is_named_with_its_address() {
        let server: ServerUrl = "http://127.0.0.1:1".parse().expect("a URL");
        let endpoint = Endpoint::new(client(), &server, &[]);
        let error = endpoint.get("/ready", &[("a", "b")]).await.expect_err("nobody listens").to_string();
        assert!(error.starts_with("http://127.0.0.1:1/ready: cannot be reached: "), "{error}");
    }
}
