//! Tables of requests, and what the guard says to each.

use axum::Router;
use axum::body::Body;
use axum::middleware::from_fn_with_state;
use axum::response::Html;
use axum::routing::{get, post};
use http::{HeaderMap, Method, Request, StatusCode, Uri, Version};
use tower::ServiceExt;

use super::access::Access;
use super::answer::{Guard, Rules, check};
use super::host::Hosts;

fn classify(method: &Method, uri: &Uri) -> Access {
    match (method, uri.path()) {
        (&Method::GET, "/") => Access::Page,
        (&Method::GET, _) | (_, "/query") => Access::Read,
        (_, "/push") => Access::Send,
        _ => Access::Steer,
    }
}

fn guard(names: &[&str], origins: &[&str]) -> Guard {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let origins = origins.iter().map(|origin| origin.parse().expect("an origin")).collect();
    Guard::new(Rules { hosts: Hosts::only(&names), origins, classify })
}

struct Answer {
    status: u16,
    headers: HeaderMap,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }
}

/// `request` is `GET /path`, `headers` are `name: value`.
async fn ask(guard: &Guard, request: &str, headers: &[&str]) -> Answer {
    let router = Router::new()
        .route("/", get(|| async { Html("page") }).post(|| async {}))
        .route("/query", get(|| async { "data" }).post(|| async { "data" }))
        .route("/push", post(|| async {}))
        .route("/reload", post(|| async {}))
        .layer(from_fn_with_state(guard.clone(), check));
    let (method, path) = request.split_once(' ').expect("a method and a path");
    let mut builder = Request::builder().method(method).uri(path);
    for header in headers {
        let (name, value) = header.split_once(": ").expect("a header");
        builder = builder.header(name, value);
    }
    let response = router.oneshot(builder.body(Body::empty()).expect("a request")).await.expect("an answer");
    Answer { status: response.status().as_u16(), headers: response.headers().clone() }
}

#[tokio::test]
async fn there_is_exactly_one_host_and_it_is_ours() {
    let guard = guard(&["Lab.Example"], &[]);
    for good in [
        "localhost",
        "localhost:9090",
        "LOCALHOST.",
        "127.0.0.1:3000",
        "[::1]:80",
        "10.0.0.1",
        "lab.example:1",
        "a.localhost",
        "localhost:",
    ] {
        assert_eq!(ask(&guard, "GET /", &[&format!("host: {good}")]).await.status, 200, "{good}");
    }
    for foreign in
        ["evil.example", "localhost.evil.example:9090", "127.0.0.1.evil.example", "xlab.example", "evil.example:80"]
    {
        assert_eq!(ask(&guard, "GET /", &[&format!("host: {foreign}")]).await.status, 403, "{foreign}");
    }
    for malformed in ["", "a b", "localhost:http", "user@localhost", "localhost/", "localhost:99999"] {
        assert_eq!(ask(&guard, "GET /", &[&format!("host: {malformed}")]).await.status, 400, "{malformed:?}");
    }
    assert_eq!(ask(&guard, "GET /", &[]).await.status, 400);
    assert_eq!(ask(&guard, "GET /", &["host: localhost", "host: localhost"]).await.status, 400);
}

#[test]
fn the_target_of_a_request_names_its_host_too() {
    let guard = guard(&[], &[]);
    let status = |version, uri: &str, host: Option<&str>| {
        let builder = Request::builder().version(version).uri(uri);
        let builder = host.map_or(Request::builder().version(version).uri(uri), |host| builder.header("host", host));
        guard.admit(&builder.body(()).expect("a request")).err().map(|refusal| refusal.status().as_u16())
    };
    assert_eq!(status(Version::HTTP_10, "/", None), None, "HTTP/1.0 knows no Host");
    assert_eq!(status(Version::HTTP_11, "http://localhost/", None), Some(400));
    assert_eq!(status(Version::HTTP_11, "http://evil.example/", Some("localhost")), Some(403));
    assert_eq!(status(Version::HTTP_11, "http://localhost/", Some("evil.example")), Some(403));
    assert_eq!(status(Version::HTTP_2, "http://localhost:4317/", None), None);
    assert_eq!(status(Version::HTTP_2, "/", None), Some(400));
    assert_eq!(status(Version::HTTP_2, "http://evil.example/", None), Some(403));
}

#[tokio::test]
async fn a_page_of_another_origin_may_only_lead_to_a_page() {
    let guard = guard(&[], &["https://App.Example/"]);
    let requests = ["GET /", "GET /query", "POST /query", "POST /push", "POST /reload", "GET /none", "OPTIONS /query"];
    for own in [
        &[][..],
        &["origin: http://localhost:9090"],
        &["origin: http://LOCALHOST:9090"],
        &["origin: https://localhost:9090"],
        &["sec-fetch-site: same-origin"],
        &["sec-fetch-site: none", "sec-fetch-mode: navigate"],
        &["origin: null", "sec-fetch-site: same-origin"],
    ] {
        for request in requests {
            let status = ask(&guard, request, &[&["host: localhost:9090"], own].concat()).await.status;
            assert!(![400, 403].contains(&status), "{request} {own:?}: {status}");
        }
    }
    for foreign in [
        &["origin: http://evil.example"][..],
        &["origin: null"],
        &["origin: localhost:9090"],
        &["origin: "],
        &["origin: http://localhost:3000"],
        &["origin: http://localhost"],
        &["origin: http://app.example"],
        &["sec-fetch-site: cross-site"],
        &["sec-fetch-site: same-site"],
        &["sec-fetch-site: unheard-of"],
        &["origin: http://localhost:9090", "sec-fetch-site: cross-site"],
        &["origin: http://localhost:9090", "origin: http://evil.example"],
        &["origin: http://evil.example", "sec-fetch-site: none"],
        &["sec-fetch-site: cross-site", "sec-fetch-mode: no-cors", "sec-fetch-dest: image"],
        &["sec-fetch-site: cross-site", "sec-fetch-mode: navigate", "sec-fetch-dest: iframe"],
    ] {
        for request in requests {
            let answer = ask(&guard, request, &[&["host: localhost:9090"], foreign].concat()).await;
            assert_eq!(answer.status, 403, "{request} {foreign:?}");
            assert_eq!(answer.header("access-control-allow-origin"), None, "{request} {foreign:?}");
        }
    }
    let link =
        ["host: localhost:9090", "sec-fetch-site: cross-site", "sec-fetch-mode: navigate", "sec-fetch-dest: document"];
    for (request, status) in [("GET /", 200), ("GET /query", 403), ("POST /", 403), ("POST /reload", 403)] {
        assert_eq!(ask(&guard, request, &link).await.status, status, "{request}");
    }
    let between_ports = ["host: localhost:9090", "sec-fetch-site: same-site", "sec-fetch-mode: navigate"];
    for (request, status) in [("GET /", 200), ("GET /query", 200), ("POST /query", 403), ("POST /push", 403)] {
        assert_eq!(ask(&guard, request, &between_ports).await.status, status, "{request}");
    }
}

#[tokio::test]
async fn a_listed_origin_reads_and_sends_and_never_steers() {
    let guard = guard(&[], &["http://localhost:5173", "https://app.example:443"]);
    for origin in ["http://localhost:5173", "https://app.example"] {
        let headers = ["host: localhost:4318", &format!("origin: {origin}"), "sec-fetch-site: cross-site"];
        for (request, status) in
            [("GET /", 200), ("GET /query", 200), ("POST /query", 200), ("POST /push", 200), ("POST /reload", 403)]
        {
            let answer = ask(&guard, request, &headers).await;
            assert_eq!(answer.status, status, "{request} {origin}");
            let allowed = answer.header("access-control-allow-origin");
            assert_eq!(allowed, (status == 200).then_some(origin), "{request}");
            let credentials = answer.header("access-control-allow-credentials");
            assert_eq!(credentials, (status == 200).then_some("true"), "{request}");
        }
        for (path, method, status) in [("/push", "POST", 204), ("/query", "GET", 204), ("/reload", "POST", 403)] {
            let method = format!("access-control-request-method: {method}");
            let asked = [&headers[..], &[&method, "access-control-request-headers: content-type,traceparent"]].concat();
            let answer = ask(&guard, &format!("OPTIONS {path}"), &asked).await;
            assert_eq!(answer.status, status, "{path}");
            if status == 204 {
                assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
                assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
                assert_eq!(answer.header("access-control-allow-headers"), Some("content-type,traceparent"));
                assert!(answer.header("access-control-allow-methods").is_some_and(|allowed| method.ends_with(allowed)));
                assert_eq!(answer.header("vary"), Some("origin"));
            }
        }
    }
}

#[tokio::test]
async fn every_html_page_has_a_policy_and_nothing_is_sniffed() {
    let guard = guard(&[], &[]);
    let page = ask(&guard, "GET /", &["host: localhost"]).await;
    assert!(page.header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'")));
    let data = ask(&guard, "GET /query", &["host: localhost"]).await;
    assert_eq!(data.header("content-security-policy"), None);
    for answer in [page, data, ask(&guard, "GET /", &["host: evil.example"]).await] {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("x-frame-options"), Some("SAMEORIGIN"));
    }
}

#[test]
fn origins_are_read_strictly() {
    use super::origin::Origin;
    for (text, origin) in [
        ("http://localhost:5173", "http://localhost:5173"),
        ("HTTPS://App.Example:443/", "https://app.example"),
        ("http://[::1]:80", "http://[::1]"),
        ("chrome-extension://abc", "chrome-extension://abc"),
    ] {
        assert_eq!(text.parse::<Origin>().map(|origin| origin.to_string()), Ok(origin.to_owned()), "{text}");
    }
    for bad in ["", "*", "null", "localhost:5173", "http://", "http://*.example", "http://a/b", "http://u@a", "://a"] {
        assert!(bad.parse::<Origin>().is_err(), "{bad:?}");
    }
    assert_eq!(StatusCode::FORBIDDEN, super::answer::Refusal::Steers.status());
}
