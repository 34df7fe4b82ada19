//! Who asks, and of what program: everybody is the anonymous user of the one organisation, whatever token he brings.
//! Tokens are neither read, kept nor logged.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use crate::grafana::answer::message;
use crate::grafana::sources::known::{STORES, Source};
use crate::grafana::state::GrafanaState;
use crate::params::Params;

pub(crate) fn router() -> Router<GrafanaState> {
    Router::new()
        .route("/api/health", get(health))
        .route("/api/frontend/settings", get(settings))
        .route("/api/user", get(async || Json(user())))
        .route("/api/user/orgs", get(async || Json(json!([{ "orgId": 1, "name": ORGANISATION, "role": "Admin" }]))))
        .route("/api/user/teams", get(async || Json(json!([]))))
        .route("/api/user/stars", get(async || Json(json!([]))))
        .route("/api/user/quotas", get(async || Json(json!([]))))
        .route("/api/access-control/user/permissions", get(async || Json(json!({}))))
        .route("/api/orgs", get(async || Json(json!([{ "id": 1, "name": ORGANISATION }]))))
        .route("/api/orgs/name/{name}", get(organisation_by_name))
        .route("/api/orgs/{id}/users", get(members_by_id))
        .route("/api/org/quotas", get(async || Json(json!([]))))
        .route(
            "/api/org/users/lookup",
            get(async || Json(json!([{ "userId": 1, "login": "anonymous", "avatarUrl": "" }]))),
        )
        .route("/api/users", get(all_users))
        .route("/api/users/search", get(users))
        .route("/api/users/lookup", get(lookup))
        .route("/api/users/{id}", get(user_by_id))
        .route("/api/user/preferences", get(preferences))
        .route("/api/org", get(async || Json(organisation())))
        .route("/api/orgs/{id}", get(organisation_by_id))
        .route("/api/org/preferences", get(preferences))
        .route("/api/org/users", get(async || Json(json!([member()]))))
        .route("/api/teams/search", get(async |params: Params| paged(&params, "teams")))
        .route("/api/serviceaccounts/search", get(async |params: Params| paged(&params, "serviceAccounts")))
        .route("/api/library-elements", get(no_elements))
        .route("/api/library-elements/{uid}", get(no_element))
        .route("/api/plugins", get(async || Json(json!([]))))
        .route("/api/plugins/{id}/settings", get(no_plugin))
        .route("/api/login/ping", get(async || message(StatusCode::OK, "Logged in")))
}

/// The version of Grafana whose API the lab follows: clients choose by it how they ask. The lab's own version stands behind it.
const SPEAKS: &str = "12.4.0";

fn version(state: &GrafanaState) -> String {
    format!("{SPEAKS}+dicelab.{}", state.version)
}

const ORGANISATION: &str = "Main Org.";

async fn health(State(state): State<GrafanaState>) -> Response {
    Json(json!({ "database": "ok", "version": version(&state), "commit": "dicelab" })).into_response()
}

async fn settings(State(state): State<GrafanaState>) -> Response {
    let named = |source: Source| {
        let mut settings = source.encode();
        settings["meta"] = json!({ "id": source.uid, "type": "datasource", "name": source.name });
        (source.name.to_owned(), settings)
    };
    let sources: Map<String, Value> = Source::all(&state).into_iter().map(named).collect();
    Json(json!({
        "buildInfo": {
            "version": version(&state), "commit": "dicelab", "edition": "Open Source", "env": "production", "hasUpdate": false,
        },
        "appUrl": "/", "appSubUrl": "", "namespace": "default", "anonymousEnabled": true, "authProxyEnabled": false,
        "disableLoginForm": true, "defaultDatasource": STORES[0].name, "datasources": sources, "panels": {},
        "featureToggles": {}, "unifiedAlertingEnabled": true, "alertingEnabled": false, "publicDashboardsEnabled": false,
    }))
    .into_response()
}

fn user() -> Value {
    json!({
        "id": 1, "uid": "anonymous", "email": "", "name": "Anonymous", "login": "anonymous", "theme": "", "orgId": 1,
        "isGrafanaAdmin": true, "isDisabled": false, "isExternal": false, "authLabels": [],
    })
}

fn member() -> Value {
    json!({
        "orgId": 1, "userId": 1, "uid": "anonymous", "email": "", "name": "Anonymous", "login": "anonymous",
        "avatarUrl": "", "role": "Admin", "isDisabled": false,
    })
}

fn organisation() -> Value {
    json!({ "id": 1, "name": ORGANISATION, "address": {} })
}

async fn organisation_by_id(Path(id): Path<String>) -> Response {
    if id == "1" {
        Json(organisation()).into_response()
    } else {
        message(StatusCode::NOT_FOUND, "Organization not found")
    }
}

async fn organisation_by_name(Path(name): Path<String>) -> Response {
    organisation_by_id(Path(if name == ORGANISATION { "1" } else { "" }.to_owned())).await
}

async fn members_by_id(Path(id): Path<String>) -> Response {
    if id == "1" {
        Json(json!([member()])).into_response()
    } else {
        message(StatusCode::NOT_FOUND, "Organization not found")
    }
}

/// The anonymous user as an element of a list.
fn listed() -> Value {
    json!({
        "id": 1, "uid": "anonymous", "name": "Anonymous", "login": "anonymous", "email": "", "isAdmin": true,
        "isDisabled": false, "authLabels": [],
    })
}

/// `page` and `perpage` of a list; the first page, and as many as Grafana gives, if it does not say.
fn page(params: &Params) -> (usize, usize) {
    let number = |name: &str, otherwise: usize| {
        params.get(name).and_then(|text| text.parse().ok()).filter(|number| *number > 0).unwrap_or(otherwise)
    };
    (number("page", 1), number("perpage", 1000))
}

/// The users whose name has the words of `query`: a client that goes on from page to page comes to an empty one.
fn found_users(params: &Params) -> Vec<Value> {
    let query = params.get("query").unwrap_or_default().to_lowercase();
    if "anonymous".contains(&query) && page(params).0 == 1 { vec![listed()] } else { Vec::new() }
}

async fn all_users(params: Params) -> Response {
    Json(found_users(&params)).into_response()
}

async fn users(params: Params) -> Response {
    let (page, limit) = page(&params);
    Json(json!({ "totalCount": 1, "users": found_users(&params), "page": page, "perPage": limit })).into_response()
}

/// A list of what the lab does not have.
fn paged(params: &Params, what: &str) -> Response {
    let (page, limit) = page(params);
    Json(json!({ "totalCount": 0, what: [], "page": page, "perPage": limit })).into_response()
}

async fn user_by_id(Path(id): Path<String>) -> Response {
    if id == "1" { Json(user()).into_response() } else { message(StatusCode::NOT_FOUND, "user not found") }
}

async fn lookup(params: Params) -> Response {
    let is_known = params.get("loginOrEmail") == Some("anonymous");
    user_by_id(Path(if is_known { "1" } else { "" }.to_owned())).await
}

async fn preferences() -> Response {
    Json(json!({ "theme": "", "timezone": "", "weekStart": "", "homeDashboardUID": "" })).into_response()
}

/// The lab keeps no library panels; a dashboard that names one says so in the panel.
async fn no_elements() -> Response {
    Json(json!({ "result": { "totalCount": 0, "elements": [], "page": 1, "perPage": 100 } })).into_response()
}

async fn no_element() -> Response {
    message(StatusCode::NOT_FOUND, "library element could not be found")
}

async fn no_plugin() -> Response {
    message(StatusCode::NOT_FOUND, "Plugin not found, no installed plugin with that id")
}
