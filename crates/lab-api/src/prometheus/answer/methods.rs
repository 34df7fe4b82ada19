//! Methods of requests, as Prometheus' router treats them: `OPTIONS` is answered everywhere, `HEAD` at the probes only, and a
//! refusal names the methods that are there.

use axum::extract::Request;
use axum::http::header::ALLOW;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The paths that answer `HEAD`.
const PROBES: [&str; 2] = ["/-/healthy", "/-/ready"];

/// The ends of the paths that take a form besides.
const FORMS: [&str; 7] =
    ["/query", "/query_range", "/query_exemplars", "/format_query", "/parse_query", "/series", "/labels"];

/// Answers as Go's server does that the method is not there.
pub(crate) async fn wrong_method() -> (StatusCode, &'static str) {
    (StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed\n")
}

/// Treats the methods of requests as Prometheus does.
pub(crate) async fn as_prometheus(request: Request, next: Next) -> Response {
    if request.method() == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    let path = request.uri().path();
    let is_refused = request.method() == Method::HEAD && !PROBES.contains(&path);
    let methods = if FORMS.iter().any(|form| path.ends_with(form)) { "GET,POST" } else { "GET" };
    let mut response = next.run(request).await;
    if is_refused && !matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) {
        // The framework answers wherever `GET` is answered.
        response = ([(ALLOW, methods)], wrong_method().await).into_response();
    }
    let allowed = response.headers().get(ALLOW).and_then(|allowed| allowed.to_str().ok()).map(with_options);
    if let Some(allowed) = allowed.and_then(|allowed| HeaderValue::try_from(allowed).ok()) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

/// The methods of a path as Prometheus lists them.
fn with_options(allowed: &str) -> String {
    let given = allowed.split(',').map(str::trim).filter(|method| *method != "HEAD");
    let mut methods: Vec<&str> = given.chain(["OPTIONS"]).collect();
    methods.sort_unstable();
    methods.dedup();
    methods.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowed_methods_are_listed_as_by_prometheus() {
        for (given, listed) in
            [("GET,HEAD", "GET, OPTIONS"), ("GET,HEAD,POST", "GET, OPTIONS, POST"), ("POST", "OPTIONS, POST")]
        {
            assert_eq!(with_options(given), listed);
        }
    }
}
