//! Tests that walk the routes of the page's port as the routers list them themselves, so that a new one cannot be forgotten.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::middleware::from_fn_with_state;
use http_door::guard::access::Access;
use http_door::guard::answer::{self, Guard, Rules};
use http_door::guard::host::Hosts;
use lab_api::grafana::{
    self,
    state::{GrafanaState, Stores},
};
use lab_api::{assets, loki, prometheus, tempo};
use lab_dashboards::{Library, Notes};
use lab_model::Clock;
use lab_storage::Location;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::doors::access;
use crate::pages::runs::{expect, proofs};
use crate::ports::{Port, Ports};

/// What a browser says of a request that the page of another site makes.
const FOREIGN: [&[(&str, &str)]; 4] = [
    &[("Origin", "http://evil.example")],
    &[("Origin", "null"), ("Sec-Fetch-Site", "cross-site")],
    &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")],
    &[("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Mode", "cors")],
];
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// The page's port as far as it can be built without a running lab.
struct Walk {
    library: Arc<Library>,
    notes: Arc<Notes>,
    routes: Router,
    /// The paths of the stores' routers behind the page's port.
    behind: BTreeSet<String>,
}

impl Walk {
    fn new() -> Self {
        let (library, notes) = (Arc::new(Library::shipped()), Arc::new(Notes::in_memory()));
        let clock = Clock::fixed(1_800_000_000_000_000_000);
        let stores = stores(&clock);
        let behind = [("prometheus", &stores.prometheus), ("loki", &stores.loki), ("tempo", &stores.tempo)];
        let proxied = |name: &str, path: &String| format!("/api/datasources/proxy/uid/{name}{path}");
        let behind = behind.into_iter();
        let behind = behind.flat_map(|(name, routes)| listed(routes).into_iter().map(move |path| proxied(name, &path)));
        let behind = behind.collect();
        let state = GrafanaState {
            library: library.clone(),
            notes: notes.clone(),
            stores,
            notifier: None,
            clock,
            scheme: "http",
            version: "1.2.3",
        };
        let judged =
            expect::router(Ports::new(std::net::Ipv4Addr::LOCALHOST.into(), 0), 0).merge(proofs::router(Router::new()));
        let routes = grafana::router(state).merge(judged).merge(assets::router());
        Self { library, notes, routes, behind }
    }

    fn paths(&self) -> BTreeSet<String> {
        let mut paths = listed(&self.routes);
        paths.extend(self.behind.iter().cloned());
        paths
    }

    fn guarded(&self) -> Router {
        let rules = Rules { hosts: Hosts::only(&[]), origins: Vec::new(), classify: access::of(Port::Dashboards) };
        self.routes.clone().layer(from_fn_with_state(Guard::new(rules), answer::check))
    }

    /// Everything that people have written.
    fn written(&self) -> String {
        let Notes { annotations, folders, silences, links, snapshots } = &*self.notes;
        let notes = (annotations.list(), folders.list(), silences.list(), links.list(), snapshots.list());
        let boards: Vec<_> = self.library.list().iter().map(|board| (board.uid.clone(), board.version())).collect();
        format!("{notes:?} {boards:?}")
    }
}

/// The paths that a router lists, with names in the place of what they leave open.
fn listed(routes: &Router) -> BTreeSet<String> {
    let listed = format!("{routes:?}");
    let route = regex::Regex::new(r#"RouteId\(\d+\): "(/[^"]*)""#).expect("a pattern");
    let open = regex::Regex::new(r"\{(\*?)(\w+)\}").expect("a pattern");
    let named = |found: regex::Captures<'_>| {
        let fill = |open: &regex::Captures<'_>| match (&open[1], &open[2]) {
            (_, "version") => "v1beta1",
            (_, "namespace") => "default",
            ("*", _) => "api/v1/series",
            (_, "id") => "1",
            _ => "mine",
        };
        open.replace_all(&found[1], fill).into_owned()
    };
    route.captures_iter(&listed).map(named).filter(|path| !path.contains("__private")).collect()
}

fn stores(clock: &Clock) -> Stores {
    let metrics = lab_metrics::MetricStore::open(&Location::Memory, lab_metrics::store::limits::Limits::default())
        .expect("opened");
    let logs = lab_logs::LogStore::open(&Location::Memory, lab_logs::Limits::default()).expect("opened");
    let traces = lab_traces::TraceStore::open(&Location::Memory, lab_traces::Limits::default()).expect("opened");
    let about = prometheus::state::About::default();
    let metrics = prometheus::state::PrometheusState::new(Arc::new(metrics), None, about, clock.clone());
    Stores {
        prometheus: prometheus::router(metrics),
        loki: loki::router(loki::state::LokiState::new(Arc::new(logs), clock.clone())),
        tempo: tempo::router(tempo::state::TempoState::new(Arc::new(traces), clock.clone())),
    }
}

async fn ask(app: &Router, request: (&str, &str), headers: &[(&str, &str)], body: Value) -> StatusCode {
    let (method, path) = request;
    let mut asked = Request::builder().method(method).uri(path).header("Host", "localhost:3000");
    for (name, value) in headers {
        asked = asked.header(*name, *value);
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    app.clone().oneshot(asked.body(body).expect("a request")).await.expect("infallible").status()
}

fn access_of(method: &str, path: &str) -> Access {
    access::of(Port::Dashboards)(&method.parse().expect("a method"), &path.parse().expect("a path"))
}

#[test]
fn the_routers_list_their_routes() {
    let paths = Walk::new().paths();
    for path in [
        "/api/annotations/1",
        "/api/datasources/proxy/uid/loki/loki/api/v1/push",
        "/api/snapshots-delete/mine",
        "/apis/folder.grafana.app/v1beta1/namespaces/default/folders/mine",
        "/api/dicelab/expect",
    ] {
        assert!(paths.contains(path), "{path}: {paths:#?}");
    }
    assert!(paths.len() > 150, "{paths:#?}");
}

#[tokio::test]
async fn the_page_of_another_site_comes_in_by_no_route() {
    let walk = Walk::new();
    let app = walk.guarded();
    for path in walk.paths() {
        for method in METHODS {
            for headers in FOREIGN {
                let status = ask(&app, (method, &path), headers, json!(null)).await;
                assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path} {headers:?}");
            }
        }
        let rebound = Request::get(&path).header("Host", "evil.example").body(Body::empty()).expect("a request");
        let status = app.clone().oneshot(rebound).await.expect("infallible").status();
        assert_eq!(status, StatusCode::FORBIDDEN, "{path} by a name of someone else's");
        if access_of("GET", &path) != Access::Steer {
            assert_ne!(ask(&app, ("GET", &path), &[], json!(null)).await, StatusCode::FORBIDDEN, "{path}");
        }
    }
}

#[test]
fn only_the_api_has_no_pages_and_only_questions_are_read_by_other_methods() {
    for path in Walk::new().paths() {
        let is_data = ["/api", "/apis", "/assets", "/metrics", "/render"]
            .iter()
            .any(|start| path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
        assert!(!(is_data && access_of("GET", &path) == Access::Page), "{path}");
        // What the stores' own routes do is said by the table of `access`.
        let is_of_store = path.contains("/proxy/") || path.contains("/resources/");
        let is_question = matches!(&*path, "/api/ds/query" | "/api/dicelab/expect");
        for method in METHODS.into_iter().filter(|method| *method != "GET" && !is_of_store) {
            let wanted = if is_question && method == "POST" { Access::Read } else { Access::Steer };
            assert_eq!(access_of(method, &path), wanted, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn whatever_a_page_may_read_changes_nothing() {
    let walk = Walk::new();
    let app = walk.guarded();
    let far = "2099-01-01T00:00:00Z";
    let matchers = json!([{ "name": "alertname", "value": "mine", "isRegex": false }]);
    for (path, body) in [
        ("/api/folders", json!({ "uid": "mine", "title": "Mine" })),
        (
            "/api/dashboards/db",
            json!({ "dashboard": { "uid": "mine", "title": "Mine", "panels": [] }, "folderUid": "mine" }),
        ),
        ("/api/annotations", json!({ "text": "mine" })),
        ("/api/snapshots", json!({ "dashboard": { "title": "Mine" }, "key": "mine", "deleteKey": "mine" })),
        ("/api/short-urls", json!({ "path": "d/mine" })),
        (
            "/api/alertmanager/grafana/api/v2/silences",
            json!({ "matchers": matchers, "startsAt": far, "endsAt": far.replace("2099", "2100"), "createdBy": "x", "comment": "x" }),
        ),
    ] {
        let status = ask(&app, ("POST", path), &[], body).await;
        assert!(status.is_success(), "{path}: {status}");
    }
    let before = walk.written();
    assert_eq!(before.matches("mine").count(), 8, "{before}");
    for path in walk.paths() {
        if access_of("GET", &path) != Access::Steer {
            ask(&app, ("GET", &path), &[], json!(null)).await;
            assert_eq!(walk.written(), before, "GET {path}");
        }
    }
    assert_eq!(ask(&app, ("GET", "/api/snapshots-delete/mine"), &[], json!(null)).await, StatusCode::OK);
    assert_ne!(walk.written(), before, "what steers does change something");
}
