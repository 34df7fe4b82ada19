//! `openapi.yaml`: the paths of this API for programs that make clients.

use std::fmt::Write;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::prometheus::state::PrometheusState;

/// A path below `/api/v1`: its methods, what it answers, and its parameters; `!` marks one that must be given.
type Operation = (&'static str, &'static [&'static str], &'static str, &'static [&'static str]);

const GET: &[&str] = &["get"];
const GET_POST: &[&str] = &["get", "post"];
const POST: &[&str] = &["post"];
const POST_PUT: &[&str] = &["post", "put"];

/// Every path of the API.
pub(crate) const OPERATIONS: [Operation; 35] = [
    (
        "/query",
        GET_POST,
        "Evaluate an instant query",
        &["query!", "time", "timeout", "limit", "lookback_delta", "stats"],
    ),
    (
        "/query_range",
        GET_POST,
        "Evaluate a range query",
        &["query!", "start!", "end!", "step!", "timeout", "limit", "lookback_delta", "stats"],
    ),
    ("/query_exemplars", GET_POST, "Find exemplars", &["query!", "start!", "end!"]),
    ("/format_query", GET_POST, "Format a query", &["query!"]),
    ("/parse_query", GET_POST, "Parse a query", &["query!"]),
    ("/series", GET_POST, "Find series", &["match[]!", "start", "end", "limit"]),
    ("/labels", GET_POST, "List label names", &["match[]", "start", "end", "limit"]),
    ("/label/{name}/values", GET, "List the values of a label", &["match[]", "start", "end", "limit"]),
    ("/metadata", GET, "Describe metrics", &["metric", "limit", "limit_per_metric"]),
    ("/scrape_pools", GET, "List scrape pools", &[]),
    ("/scrape_pools/config", GET, "Show the configuration of a scrape pool", &["scrapePool!"]),
    ("/targets", GET, "List targets", &["state", "scrapePool"]),
    ("/targets/metadata", GET, "Describe the metrics of targets", &["match_target", "metric", "limit"]),
    ("/targets/relabel_steps", GET, "Show what relabelling does", &["scrapePool!", "labels!"]),
    (
        "/rules",
        GET,
        "List rules",
        &[
            "type",
            "rule_name[]",
            "rule_group[]",
            "file[]",
            "match[]",
            "exclude_alerts",
            "group_limit",
            "group_next_token",
        ],
    ),
    ("/alerts", GET, "List active alerts", &[]),
    ("/alertmanagers", GET, "List Alertmanagers", &[]),
    ("/status/config", GET, "Show the configuration", &[]),
    ("/status/flags", GET, "List the options of the start", &[]),
    ("/status/runtimeinfo", GET, "Describe the process", &[]),
    ("/status/buildinfo", GET, "Describe the build", &[]),
    ("/status/tsdb", GET, "Show the sizes of the store", &["limit"]),
    ("/status/tsdb/blocks", GET, "List the blocks of the store", &[]),
    ("/status/walreplay", GET, "Show how far the replay of the journal is", &[]),
    ("/status/self_metrics", GET, "Show the metrics of this process", &["metric_name_pattern"]),
    ("/features", GET, "List capabilities", &[]),
    ("/notifications", GET, "List what is wrong now", &[]),
    ("/notifications/live", GET, "Subscribe to what goes wrong", &[]),
    ("/openapi.yaml", GET, "Show this description", &[]),
    ("/write", POST, "Receive samples by remote write", &[]),
    ("/read", POST, "Read samples by remote read", &[]),
    ("/otlp/v1/metrics", POST, "Receive metrics by OTLP", &[]),
    ("/admin/tsdb/delete_series", POST_PUT, "Delete samples", &["match[]!", "start", "end"]),
    ("/admin/tsdb/clean_tombstones", POST_PUT, "Free the space of deleted samples", &[]),
    ("/admin/tsdb/snapshot", POST_PUT, "Copy the store", &["skip_head"]),
];

/// `/api/v1/openapi.yaml`: the table as a document of `OpenAPI`.
pub(crate) async fn description(State(state): State<PrometheusState>) -> Response {
    ([(CONTENT_TYPE, "application/yaml; charset=utf-8")], yaml(&state.about.version)).into_response()
}

fn yaml(version: &str) -> String {
    let mut out = format!(
        "openapi: 3.1.0\ninfo:\n  title: Prometheus API of Dicelab\n  version: \"{version}\"\n\
         servers:\n- url: /api/v1\npaths:\n"
    );
    for (path, methods, summary, parameters) in OPERATIONS {
        let _ = writeln!(out, "  {path}:");
        for method in methods {
            let id: String = path
                .split(|c: char| !c.is_ascii_alphanumeric())
                .filter(|part| !part.is_empty())
                .fold((*method).to_owned(), |id, part| format!("{id}_{part}"));
            let _ = writeln!(out, "    {method}:\n      operationId: {id}\n      summary: {summary}");
            let in_path = path.contains("{name}").then_some(("name", "path", true));
            let asked = parameters.iter().map(|name| match name.strip_suffix('!') {
                Some(name) => (name, "query", true),
                None => (*name, "query", false),
            });
            let mut all = in_path.into_iter().chain(asked).peekable();
            if all.peek().is_some() {
                out.push_str("      parameters:\n");
            }
            for (name, place, required) in all {
                let kind = if name.ends_with("[]") { "{type: array, items: {type: string}}" } else { "{type: string}" };
                let _ =
                    writeln!(out, "      - {{name: \"{name}\", in: {place}, required: {required}, schema: {kind}}}");
            }
            out.push_str("      responses:\n        \"200\": {description: The answer.}\n");
        }
    }
    out
}
