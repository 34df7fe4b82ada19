//! The guard itself: what is let in, what is refused, and what is answered to a browser that asks first.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use crate::guard::access::{Access, Classify};
use crate::guard::host::{HostError, Hosts};
use crate::guard::origin::{Asker, Origin, is_navigation};
use crate::guard::page_headers;

/// For how long a browser need not ask again, in seconds.
const MAX_AGE: &str = "600";
/// The headers of an answer that a page of a listed origin may look at.
const EXPOSED: &str = "Date, Retry-After, Traceresponse";

/// The guard of one door; a clone is the same guard.
#[derive(Debug, Clone)]
pub struct Guard(Arc<Rules>);

/// What a guard goes by.
#[derive(Debug)]
pub struct Rules {
    /// The names that are answered to.
    pub hosts: Hosts,
    /// The origins whose pages may read and send.
    pub origins: Vec<Origin>,
    /// What each request does.
    pub classify: Classify,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Its host is missing, wrong, or not ours.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A page of another origin asks for what it may not have.
    #[error(
        "a web page of another origin may not do this; if it is a page of yours that reads or sends telemetry, start \
         the lab with --cors-origin and the origin of that page"
    )]
    Foreign,
    /// A page of a listed origin asks for what no page of another origin may have.
    #[error("a web page of another origin may read and send telemetry, but not reload, administer, import or steer")]
    Steers,
}

/// A request that is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admitted {
    /// The door's own page asks, or a program.
    Own,
    /// A page of this listed origin asks, and may look at the answer.
    Listed(HeaderValue),
    /// A page of this listed origin asks whether it may ask; the answer is [`Admitted::preflight`].
    Preflight(HeaderValue),
}

impl Refusal {
    /// 400 if the request is malformed, else 403.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Host(HostError::Missing | HostError::Several(_) | HostError::Invalid) => StatusCode::BAD_REQUEST,
            Self::Host(HostError::Foreign(_)) | Self::Foreign | Self::Steers => StatusCode::FORBIDDEN,
        }
    }
}

impl Guard {
    /// A guard that goes by `rules`.
    pub fn new(rules: Rules) -> Self {
        Self(Arc::new(rules))
    }

    /// Decides about a request.
    pub fn admit<B>(&self, request: &http::Request<B>) -> Result<Admitted, Refusal> {
        let rules = &self.0;
        let authority = rules.hosts.check(request)?;
        let (method, asks_first) = match request.headers().get(ACCESS_CONTROL_REQUEST_METHOD) {
            Some(wanted) if request.method() == Method::OPTIONS => {
                (Method::from_bytes(wanted.as_bytes()).unwrap_or(Method::OPTIONS), true)
            }
            _ => (request.method().clone(), false),
        };
        let access = (rules.classify)(&method, request.uri());
        match Asker::of(request.headers(), authority.as_ref(), &rules.origins) {
            Asker::Own => Ok(Admitted::Own),
            _ if is_navigation(request) && access == Access::Page => Ok(Admitted::Own),
            // Links between the ports of one host; the page that the link is on cannot read what comes.
            Asker::Foreign { same_site: true } if is_navigation(request) && access == Access::Read => Ok(Admitted::Own),
            Asker::Foreign { .. } => Err(Refusal::Foreign),
            Asker::Listed(_) if access == Access::Steer => Err(Refusal::Steers),
            Asker::Listed(origin) if asks_first => Ok(Admitted::Preflight(origin)),
            Asker::Listed(origin) => Ok(Admitted::Listed(origin)),
        }
    }

    /// Adds to an answer what browsers have to know about it: see [`page_headers`], and that it depends on who asks.
    pub fn finish(&self, admitted: &Admitted, headers: &mut HeaderMap) {
        page_headers::protect(headers);
        if !self.0.origins.is_empty() {
            headers.append(VARY, HeaderValue::from_name(ORIGIN));
        }
        if let Admitted::Listed(origin) | Admitted::Preflight(origin) = admitted {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            // Browser SDKs send their last data by beacons, which carry credentials whether there are any or not.
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        }
    }
}

impl Admitted {
    /// The answer to a browser that asks whether its page may send such a request; `None` if none is asked.
    pub fn preflight(&self, asked: &HeaderMap) -> Option<Response> {
        let Self::Preflight(_) = self else { return None };
        let mut response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        for (question, answer) in [
            (ACCESS_CONTROL_REQUEST_METHOD, ACCESS_CONTROL_ALLOW_METHODS),
            (ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_ALLOW_HEADERS),
        ] {
            if let Some(wanted) = asked.get(question) {
                headers.insert(answer, wanted.clone());
            }
        }
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
        Some(response)
    }
}

/// The guard as a layer: `from_fn_with_state(guard, check)`. A refusal is one line of text.
pub async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let admitted = match guard.admit(&request) {
        Ok(admitted) => admitted,
        Err(refusal) => {
            let mut response = (refusal.status(), format!("{refusal}\n")).into_response();
            page_headers::protect(response.headers_mut());
            return response;
        }
    };
    let mut response = match admitted.preflight(request.headers()) {
        Some(response) => response,
        None => next.run(request).await,
    };
    guard.finish(&admitted, response.headers_mut());
    response
}
