//! The start page, in Grafana's place in a binary without the web page inside:
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /` | what listens where, and queries to begin with |
//! | `GET /dashboards`, `/d/{uid}`, `/explore` | 501: not built in |

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Html;
use axum::routing::get;
use lab_model::text::markup::escaped;

use crate::pages::html::{self, Cell, document, link, section};
use crate::ports::{Port, Ports};

/// What there is to ask, of whom, with which path.
const EXAMPLES: [(Port, &str, &str); 7] = [
    (Port::Metrics, "rate(async_rolls_total[1m])", "/api/v1/query?query=rate(async_rolls_total%5B1m%5D)"),
    (Port::Metrics, "async_roll_batch_size_bucket", "/api/v1/query?query=async_roll_batch_size_bucket"),
    (Port::Metrics, "the scrape targets", "/targets"),
    (
        Port::Logs,
        "{container_name=\"dice-roller-stage4\"}",
        "/loki/api/v1/query_range?query=%7Bcontainer_name%3D%22dice-roller-stage4%22%7D",
    ),
    (Port::Logs, "values of container_name", "/loki/api/v1/label/container_name/values"),
    (
        Port::Traces,
        "{ name = \"async_roll\" && status = error }",
        "/api/search?q=%7B%20name%20%3D%20%22async_roll%22%20%26%26%20status%20%3D%20error%20%7D",
    ),
    (Port::DiceRoller, "the metrics of a service as it exposes them", "/metrics"),
];

/// What the page is made from.
#[derive(Clone)]
pub struct Start {
    /// Where everything listens.
    pub ports: Ports,
    pub listening: Vec<Port>,
}

/// The routes of this page.
pub fn router(start: Start) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/dashboards", get(not_built_in))
        .route("/d/{*uid}", get(not_built_in))
        .route("/explore", get(not_built_in))
        .with_state(start)
}

async fn not_built_in() -> (StatusCode, Html<String>) {
    let body = "<p>This page is not built into this version of Dicelab. The data are all there: \
        <a href=\"/\">the start page</a> shows where and how to ask for them.</p>";
    (StatusCode::NOT_IMPLEMENTED, Html(document("Not built in", "", body)))
}

async fn page(State(start): State<Start>, headers: HeaderMap) -> Html<String> {
    let url = |port: Port, path: &str| html::url(&headers, &start.ports, port, path);
    let addresses = start.listening.iter().map(|port| {
        let address = match port.home() {
            Some(home) => Cell::Html(link(&url(*port, home), &url(*port, home))),
            None => Cell::Text(url(*port, "")),
        };
        vec![Cell::Text(port.what().to_owned()), address, Cell::Text(port.about().to_owned())]
    });
    let examples = EXAMPLES.iter().filter(|(port, ..)| start.listening.contains(port)).map(|(port, ask, path)| {
        let ask = format!("<a href=\"{}\"><code>{}</code></a>", escaped(&url(*port, path)), escaped(ask));
        vec![Cell::Text(port.what().to_owned()), Cell::Html(ask)]
    });
    let mut body = "<p>Three services roll dice; this lab keeps their metrics, logs and traces. Roll some dice on the \
        frontend's page, then look at what came of it.</p>"
        .to_owned();
    body += &section("What listens where", &["What", "Address", "About"], &addresses.collect::<Vec<_>>(), "");
    body += &section("Queries to begin with", &["Ask", "Query"], &examples.collect::<Vec<_>>(), "");
    body += "<h2>In the terminal</h2><p><code>dicelab query promql 'sum(rate(dice_rolls_total[1m])) by (die_type)'</code><br>\
        <code>dicelab query logql '{container_name=\"dice-roller-stage4\"} |= \"Async\"'</code><br>\
        <code>dicelab query traceql '{ name = \"async_roll\" }'</code></p>";
    Html(document("Dicelab", "", &body))
}
