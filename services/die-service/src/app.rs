//! The handlers: `GET /` and `GET /dice`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use serde::Serialize;
use telemetry::logs::json;
use telemetry::problem::Problem;
use telemetry::query::Params;
use telemetry::traces;
use tracing::{info, warn};

use crate::catalogue::Catalogue;
use crate::identity::IDENTITY;
use crate::specification::{Die, Specifications};

#[derive(Serialize)]
struct Index {
    service: &'static str,
    version: &'static str,
    endpoints: [&'static str; 2],
    loaded_specifications: usize,
}

#[derive(Serialize)]
struct List<'a> {
    identifiers: Vec<&'a str>,
}

#[derive(Serialize)]
struct Found<'a> {
    identifier: &'a str,
    specification: &'a Die,
}

/// The routes of the service, without what [`telemetry::http::App`] adds.
pub fn routes(catalogue: Catalogue) -> Router {
    Router::new().route("/", get(index)).route("/dice", get(dice)).with_state(catalogue)
}

async fn index(State(catalogue): State<Catalogue>) -> impl IntoResponse {
    Json(Index {
        service: IDENTITY.name,
        version: IDENTITY.version,
        endpoints: ["/", "/dice"],
        loaded_specifications: catalogue.current().len(),
    })
}

async fn dice(State(catalogue): State<Catalogue>, mut params: Params) -> Result<Response, Problem> {
    let identifier = params.optional("identifier", |text| Ok(text.to_owned()));
    let (identifier,) = params.finish((identifier,))?;
    match identifier {
        None => Ok(list(&catalogue)),
        Some(identifier) => lookup(&catalogue, &identifier),
    }
}

fn list(catalogue: &Catalogue) -> Response {
    let specifications = catalogue.current();
    let identifiers = specifications.identifiers();
    traces::set("request.type", "list");
    traces::set("die.count", identifiers.len() as i64);
    info!(count = identifiers.len(), identifiers = json(&identifiers), "Die list requested");
    catalogue.metrics.lists.inc();
    Json(List { identifiers }).into_response()
}

fn lookup(catalogue: &Catalogue, identifier: &str) -> Result<Response, Problem> {
    let specifications = catalogue.current();
    traces::set("request.type", "get");
    traces::set("die.identifier", identifier.to_owned());
    info!(identifier, "Die specification requested");
    let die = specifications.get(identifier);
    traces::set("die.found", die.is_some());
    let Some(die) = die else { return Err(unknown(&specifications, identifier)) };
    info!(identifier, faces = json(&die.faces), error_rate = die.error_rate, "Die specification found");
    catalogue.metrics.requested(identifier).inc();
    Ok(Json(Found { identifier, specification: die }).into_response())
}

fn unknown(specifications: &Specifications, identifier: &str) -> Problem {
    let known = specifications.identifiers();
    warn!(identifier, available_identifiers = json(&known), "Unknown die identifier requested");
    Problem::new(StatusCode::NOT_FOUND, format!("There is no die {identifier:?}; known dice: {}", known.join(", ")))
}

#[cfg(test)]
mod tests;
