//! About the program: what runs, with which version and limits, and what may be asked.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::{Value, json};

use crate::tempo::state::TempoState;

/// The endpoints of the port.
pub(crate) const ENDPOINTS: [&str; 17] = [
    "/api/echo",
    "/api/mcp",
    "/api/metrics/query",
    "/api/metrics/query_range",
    "/api/search",
    "/api/search/tag/{name}/values",
    "/api/search/tags",
    "/api/status/buildinfo",
    "/api/traces/{id}",
    "/api/v2/search/tag/{name}/values",
    "/api/v2/search/tags",
    "/api/v2/traces/diff",
    "/api/v2/traces/{id}",
    "/ready",
    "/status",
    "/status/{section}",
    "/tempopb.StreamingQuerier/{method}",
];

/// The sections of `/status`, in its order.
const SECTIONS: [&str; 4] = ["version", "services", "endpoints", "config"];

pub(crate) async fn build_info() -> Json<Value> {
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "revision": "",
        "branch": "",
        "buildUser": "",
        "buildDate": "",
        "goVersion": "",
    }))
}

/// `/status`: all sections
pub(crate) async fn all(State(state): State<TempoState>) -> Response {
    text(SECTIONS.map(|name| section(&state, name).unwrap_or_default()).concat())
}

/// One section of `/status`, by its name.
pub(crate) async fn one(State(state): State<TempoState>, Path(name): Path<String>) -> Response {
    match section(&state, &name) {
        Some(found) => text(found),
        None => {
            let message = format!("there is no section {name:?}; there are {}\n", SECTIONS.join(", "));
            (StatusCode::NOT_FOUND, message).into_response()
        }
    }
}

fn text(body: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain")], body).into_response()
}

fn section(state: &TempoState, name: &str) -> Option<String> {
    let body = match name {
        "version" => format!("dicelab, version {}\n", env!("CARGO_PKG_VERSION")),
        "services" => {
            // Whatever of the trace store does not run takes the whole process with it.
            let services = ["trace-store", "query-frontend", "metrics-generator"];
            table(&["SERVICE NAME", "STATUS"], &services.map(|service| vec![service.to_owned(), "Running".to_owned()]))
        }
        "endpoints" => table(&["NAME"], &ENDPOINTS.map(|endpoint| vec![endpoint.to_owned()])),
        "config" => format!("---\n{}", config(state)),
        _ => return None,
    };
    Some(format!("GET /status/{name}\n{body}\n"))
}

/// The limits of the store, as YAML.
pub(crate) fn config(state: &TempoState) -> String {
    let limits = state.store.limits();
    format!(
        "trace_store:\n  trace_spans: {}\n  trace_bytes: {}\n  attribute_bytes: {}\n  pending_bytes: {}\n  \
         origin_bytes: {}\n",
        limits.trace_spans, limits.trace_bytes, limits.attribute_bytes, limits.pending_bytes, limits.origin_bytes
    )
}

/// A table with lines around its cells.
fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|title| (*title).to_owned()).collect();
    let all = || std::iter::once(&head).chain(rows);
    let widths: Vec<usize> = (0..head.len()).map(|at| all().map(|row| row[at].len()).max().unwrap_or(0)).collect();
    let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
    let line = format!("+{}+\n", dashes.join("+"));
    let row = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!(" {cell:width$} ")).collect();
        format!("|{}|\n", cells.join("|"))
    };
    let rows: String = rows.iter().map(row).collect();
    format!("{line}{}{line}{rows}{line}", row(&head))
}
