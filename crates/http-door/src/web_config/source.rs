//! The web configuration of a process: read at the start, and again whenever a file has changed.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use parking_lot::Mutex;
use rustls::ServerConfig;
use tokio::time::Instant;

use crate::web_config::client_certificates;
use crate::web_config::file::{HttpSection, TlsSection, WebFile};
use crate::web_config::mistake::{Problem, WebConfigError};
use crate::web_config::rate::RateLimit;
use crate::web_config::tls;
use crate::web_config::users::{Credentials, Users, Verified};

/// A web configuration file in use; a clone is the same one.
#[derive(Debug, Clone)]
pub struct WebConfig(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    /// TLS was spoken from the start.
    tls: bool,
    state: Mutex<Read>,
    verified: Verified,
}

/// What was read when the files were as they were.
#[derive(Debug)]
struct Read {
    stamps: Vec<(PathBuf, Option<Stamp>)>,
    rules: Result<Arc<Rules>, WebConfigError>,
}

/// What changes when a file changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    changed: (i64, i64),
    modified: (i64, i64),
}

/// What the file says, ready for use.
#[derive(Debug)]
pub(crate) struct Rules {
    tls: Option<Tls>,
    /// HTTP/2 is spoken.
    pub(crate) http2: bool,
    headers: Vec<(HeaderName, HeaderValue)>,
    limit: Option<RateLimit>,
    users: Users,
    clients_are_known: bool,
}

/// TLS with and without HTTP/2.
#[derive(Debug)]
struct Tls {
    both: Arc<ServerConfig>,
    http_1: Arc<ServerConfig>,
}

impl WebConfig {
    /// Reads the file and all that it names.
    pub fn open(path: &Path) -> Result<Self, WebConfigError> {
        let read = Read::now(path);
        let rules = read.rules.clone()?;
        let shared = Shared {
            path: path.to_owned(),
            tls: rules.tls.is_some(),
            state: Mutex::new(read),
            verified: Verified::default(),
        };
        Ok(Self(Arc::new(shared)))
    }

    /// True if the port speaks TLS.
    pub fn is_tls(&self) -> bool {
        self.0.tls
    }

    /// True if nobody comes in without a password or a certificate of his own.
    pub fn knows_its_clients(&self) -> bool {
        self.rules().is_ok_and(|rules| !rules.users.is_empty() || rules.clients_are_known)
    }

    /// What the file says now. Looking whether it has changed costs a few system calls.
    pub(crate) fn rules(&self) -> Result<Arc<Rules>, WebConfigError> {
        let mut state = self.0.state.lock();
        if state.stamps.iter().any(|(path, stamp)| Stamp::of(path) != *stamp) {
            *state = Read::now(&self.0.path);
            if let Ok(rules) = &state.rules
                && rules.tls.is_some() != self.0.tls
            {
                let (path, added) = (self.0.path.clone(), rules.tls.is_some());
                state.rules = Err(WebConfigError::TlsSwitched { path, added });
            }
            if let Err(error) = &state.rules {
                tracing::error!(
                    %error,
                    "the web configuration is invalid; every port refuses requests until it is corrected"
                );
            }
        }
        state.rules.clone()
    }
}

impl Rules {
    /// How to speak TLS, with HTTP/2 if the port wants it; `None` without TLS.
    pub(crate) fn tls(&self, http2: bool) -> Option<Arc<ServerConfig>> {
        self.tls.as_ref().map(|tls| if http2 { tls.both.clone() } else { tls.http_1.clone() })
    }

    fn of(file: &WebFile) -> Result<Self, Problem> {
        let http = file.http_server_config.as_ref();
        let limit = file.rate_limit.as_ref().map(|section| RateLimit::of(section, Instant::now())).transpose()?;
        let section = file.tls_server_config.as_ref().filter(|section| section.is_enabled());
        let config = |protocols: &[&str]| section.map(|section| tls::server_config(section, protocols)).transpose();
        let (both, http_1) = (config(&["h2", "http/1.1"])?, config(&["http/1.1"])?);
        Ok(Self {
            tls: both.zip(http_1).map(|(both, http_1)| Tls { both: Arc::new(both), http_1: Arc::new(http_1) }),
            http2: http.is_none_or(|http| http.http2),
            headers: http.map(HttpSection::headers).transpose()?.unwrap_or_default(),
            limit: limit.flatten(),
            users: Users::of(&file.basic_auth_users.0)?,
            clients_are_known: section.is_some_and(client_certificates::are_required),
        })
    }
}

impl Read {
    fn now(path: &Path) -> Self {
        // The stamps come first: a file that changes while it is read is read again.
        let mut stamps = vec![(path.to_owned(), Stamp::of(path))];
        let rules = Self::read(path, &mut stamps).map(Arc::new);
        Self { stamps, rules }
    }

    fn read(path: &Path, stamps: &mut Vec<(PathBuf, Option<Stamp>)>) -> Result<Rules, WebConfigError> {
        let text = Problem::read(path).map_err(|problem| problem.in_file(path))?;
        let text = String::from_utf8_lossy(&text);
        let file = WebFile::parse(&text, path.parent().unwrap_or(Path::new("")))
            .map_err(|text| WebConfigError::Format { path: path.to_owned(), text })?;
        let named = file.tls_server_config.iter().flat_map(TlsSection::files);
        stamps.extend(named.map(|path| (path.to_owned(), Stamp::of(path))));
        Rules::of(&file).map_err(|problem| problem.in_file(path))
    }
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let stamp = |file: Metadata| Self {
            inode: file.ino(),
            length: file.len(),
            changed: (file.ctime(), file.ctime_nsec()),
            modified: (file.mtime(), file.mtime_nsec()),
        };
        path.metadata().ok().map(stamp)
    }
}

/// The users as a layer: `from_fn_with_state(web_config, check)`. A refusal is one line of text.
pub async fn check(State(config): State<WebConfig>, request: Request, next: Next) -> Response {
    let Ok(rules) = config.rules() else {
        let text = "the web configuration of this port is bad; the lab says on its terminal what is wrong with it\n";
        return (StatusCode::INTERNAL_SERVER_ERROR, text).into_response();
    };
    if rules.limit.as_ref().is_some_and(|limit| !limit.allows(Instant::now())) {
        let text = "there are more requests than the rate_limit of the web configuration allows\n";
        return (StatusCode::TOO_MANY_REQUESTS, text).into_response();
    }
    let mut response = if is_known(&config, &rules, request.headers()).await {
        next.run(request).await
    } else {
        let text = "this port asks for a user name and a password (HTTP basic authentication)\n";
        let wanted = HeaderValue::from_static("Basic realm=\"dicelab\", charset=\"UTF-8\"");
        (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, wanted)], text).into_response()
    };
    for (name, value) in &rules.headers {
        response.headers_mut().entry(name).or_insert_with(|| value.clone());
    }
    response
}

async fn is_known(config: &WebConfig, rules: &Rules, headers: &HeaderMap) -> bool {
    if rules.users.is_empty() {
        return true;
    }
    let header = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
    match header.and_then(Credentials::read) {
        Some(credentials) => config.0.verified.are_right(&rules.users, credentials).await,
        None => false,
    }
}
