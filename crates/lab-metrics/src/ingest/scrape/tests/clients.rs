//! How scrapes connect, and who they say they are: tokens, headers, proxies, compression.

use axum::extract::Request;
use axum::http::Method;
use axum::routing::{any, post};

use super::*;

/// A server whose page shows its own request: method, address, and the headers that tests set.
async fn mirror() -> TestServer {
    let page = |request: Request| async move {
        let shown = ["authorization", "x-team", "accept-encoding"].map(|name| {
            let values = request.headers().get_all(name).iter().map(|value| value.to_str().expect("text"));
            values.collect::<Vec<_>>().join("+")
        });
        let [authorization, team, encoding] = shown;
        format!(
            "shown{{uri=\"{}\",authorization=\"{authorization}\",team=\"{team}\",encoding=\"{encoding}\"}} 1\n",
            request.uri()
        )
    };
    TestServer::start(Router::new().fallback(any(page))).await
}

/// What a job with these settings is shown as.
async fn shown(target: &str, settings: &str) -> Result<String, String> {
    let yaml = format!("scrape_configs: [{{job_name: j, static_configs: [{{targets: ['{target}']}}], {settings}}}]");
    let config = ScrapeConfig::parse(&yaml, std::path::Path::new("prometheus.yml")).expect(&yaml);
    assert!(config.notes.is_empty(), "{:?}", config.notes);
    let store = store();
    let scraper = Scraper::new(store.clone(), config, wall_clock());
    scraper.scrape_now().await;
    let error = scraper.targets().active[0].last_error.clone();
    let line = stored(&store).into_iter().find(|line| line.starts_with("shown{"));
    line.ok_or(error)
}

#[tokio::test]
async fn every_way_to_say_who_one_is_reaches_the_target() {
    let server = mirror().await;
    let address = server.address().to_string();
    for (settings, expected) in [
        ("bearer_token: abc", "authorization=\"Bearer abc\""),
        ("bearer_token: 12345", "authorization=\"Bearer 12345\""),
        ("authorization: {credentials: 12345}", "authorization=\"Bearer 12345\""),
        ("authorization: {type: '  ', credentials: a}", "authorization=\"Bearer a\""),
        ("basic_auth: {username: 1, password: 2}", "authorization=\"Basic MToy\""),
        ("http_headers: {X-Team: {values: [a], secrets: [b]}}", "team=\"a+b\""),
        ("enable_compression: false", "encoding=\"identity\""),
        ("enable_compression: true", "encoding=\"gzip\""),
        ("enable_http2: false", "uri=\"/metrics\""),
    ] {
        let line = shown(&address, settings).await.expect(settings);
        assert!(line.contains(expected), "{settings}: {line}");
    }
}

#[tokio::test]
async fn a_proxy_is_asked_unless_the_host_is_an_exception() {
    let (proxy, target) = (mirror().await, mirror().await);
    let through = format!("proxy_url: '{}'", proxy.url(""));
    let line = shown("nowhere.example:80", &through).await.expect("by the proxy");
    assert!(line.contains("uri=\"http://nowhere.example/metrics\""), "{line}");
    // Exceptions include this machine.
    let address = target.address().to_string();
    let line = shown(&address, &format!("{through}, no_proxy: other.example")).await.expect("directly");
    assert!(line.contains("uri=\"/metrics\""), "{line}");
}

#[tokio::test]
async fn a_token_is_fetched_once_and_sent_with_each_scrape() {
    let fetched = Arc::new(AtomicI64::new(0));
    let give = {
        let fetched = fetched.clone();
        move |method: Method, headers: HeaderMap, body: String| async move {
            assert_eq!(method, Method::POST);
            // Not by the header, so that the parameters are tried as well.
            if headers.contains_key("authorization") {
                return (axum::http::StatusCode::UNAUTHORIZED, String::new());
            }
            for part in ["grant_type=client_credentials", "scope=a%20b", "audience=c", "client_secret=s%3Fs"] {
                assert!(body.contains(part), "{part} in {body}");
            }
            fetched.fetch_add(1, Ordering::Relaxed);
            let answer = r#"{"access_token": "abc", "token_type": "bearer", "expires_in": "3600"}"#;
            (axum::http::StatusCode::OK, answer.to_owned())
        }
    };
    let issuer = TestServer::start(Router::new().route("/token", post(give))).await;
    let server = mirror().await;
    let yaml = format!(
        "scrape_configs:\n- job_name: j\n  static_configs: [{{targets: ['{}']}}]\n  oauth2: {{client_id: me, \
         client_secret: 's?s', scopes: [a, b], endpoint_params: {{audience: c}}, token_url: '{}'}}\n",
        server.address(),
        issuer.url("/token")
    );
    let config = ScrapeConfig::parse(&yaml, std::path::Path::new("prometheus.yml")).expect(&yaml);
    let store = store();
    let scraper = Scraper::new(store.clone(), config, wall_clock());
    for _ in 0..3 {
        scraper.scrape_now().await;
    }
    let lines = stored(&store);
    assert!(lines.iter().any(|line| line.contains("authorization=\"Bearer abc\"")), "{lines:?}");
    assert_eq!(fetched.load(Ordering::Relaxed), 1);
    drop(issuer);
    let closed = "oauth2: {client_id: me, token_url: 'http://127.0.0.1:1/token'}";
    let error = shown(&server.address().to_string(), closed).await.expect_err("no token");
    assert!(error.contains("oauth2: cannot fetch a token from \"http://127.0.0.1:1/token\""), "{error}");
}

#[tokio::test]
async fn a_reload_takes_a_changed_password() {
    let server = mirror().await;
    let job = |password: &str| {
        let address = server.address();
        let yaml = format!(
            "scrape_configs: [{{job_name: j, static_configs: [{{targets: ['{address}']}}], basic_auth: {{username: a, password: {password}}}}}]"
        );
        ScrapeConfig::parse(&yaml, std::path::Path::new("prometheus.yml")).expect("good")
    };
    let store = store();
    let scraper = Scraper::new(store.clone(), job("old"), wall_clock());
    scraper.scrape_now().await;
    scraper.reload(job("new"));
    scraper.scrape_now().await;
    let lines = stored(&store);
    for expected in ["Basic YTpvbGQ=", "Basic YTpuZXc="] {
        assert!(lines.iter().any(|line| line.contains(expected)), "{expected} in {lines:?}");
    }
}
