//! What can be done with resources, of whichever kind. With `dryRun=All` a change is checked and answered, and not made.

pub(crate) mod identity;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use lab_dashboards::Replace;
use serde::Deserialize;
use serde_json::Value;

use crate::grafana::answer::{Received, on_disk, parse};
use crate::grafana::apis::failure::{absent, bad, failure, gone, not_as_wanted, removed, stale, unreadable};
use crate::grafana::apis::kinds::{Kind, Place};
use crate::grafana::apis::listing::{Wanted, answer};
use crate::grafana::apis::resources::identity::Preconditions;
use crate::grafana::apis::{boards, discovery, folders, patch as changes};
use crate::grafana::dashboards::tree::Removal;
use crate::grafana::state::GrafanaState;
use crate::params::Params;

/// What the path of a collection leaves open; the list over all namespaces names none.
#[derive(Debug, Deserialize)]
pub(crate) struct Collection {
    version: String,
    #[serde(default = "only_namespace")]
    namespace: String,
}

fn only_namespace() -> String {
    "default".to_owned()
}

/// What the path of one resource leaves open.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    version: String,
    namespace: String,
    name: String,
}

/// Checks what a body says of itself against the address to which it was sent.
fn check(place: &Place, resource: &Value, name: Option<&str>) -> Result<(), Response> {
    let metadata = &resource["metadata"];
    if !metadata.is_null() && !metadata.is_object() {
        return Err(bad("metadata must be an object {\"name\", \"labels\", \"annotations\"}"));
    }
    for (what, found, wanted) in [
        ("apiVersion", &resource["apiVersion"], Some(&*place.api_version())),
        ("kind", &resource["kind"], Some(place.kind.name())),
        ("metadata.namespace", &metadata["namespace"], Some(&*place.namespace)),
        ("metadata.name", &metadata["name"], name),
    ] {
        // What is absent or empty follows from the address.
        let is_open = found.is_null() || *found == "";
        if let Some(wanted) = wanted.filter(|wanted| !is_open && found != wanted) {
            let said = short(&found.to_string());
            return Err(bad(&format!("{what} is {said}, but the address asks for {wanted:?}")));
        }
    }
    Ok(())
}

/// The start of a value as it was written.
fn short(json: &str) -> String {
    let start: String = json.chars().take(80).collect();
    if start.len() < json.len() { start + "…" } else { start }
}

/// Says in a resource which name it has.
fn name_it(resource: &mut Value, name: &str) {
    let Some(resource) = resource.as_object_mut() else { return };
    let metadata = resource.entry("metadata").or_insert(Value::Null);
    match metadata.as_object_mut() {
        Some(metadata) => {
            metadata.insert("name".to_owned(), Value::from(name));
        }
        None => *metadata = serde_json::json!({ "name": name }),
    }
}

impl Collection {
    fn place(self, uri: &Uri) -> Result<Place, Response> {
        discovery::place(uri, self.version, self.namespace)
    }
}

impl Named {
    /// Where the resource is, and its name.
    fn place(self, uri: &Uri) -> Result<(Place, String), Response> {
        let collection = Collection { version: self.version, namespace: self.namespace };
        Ok((collection.place(uri)?, self.name))
    }
}

pub(crate) async fn list(
    State(state): State<GrafanaState>,
    Path(collection): Path<Collection>,
    uri: Uri,
    params: Params,
) -> Response {
    let (place, wanted) = match (collection.place(&uri), Wanted::read(&params)) {
        (Ok(place), Ok(wanted)) => (place, wanted),
        (Err(refusal), _) | (_, Err(refusal)) => return refusal,
    };
    let items = match (place.kind, wanted.name.as_deref().filter(|_| wanted.is_history)) {
        (Kind::Dashboard, Some(name)) => boards::history(&state, &place, name),
        (Kind::Dashboard, None) => boards::list(&state, &place),
        (Kind::Folder, _) => folders::list(&state, &place),
    };
    answer(place.kind.name(), &place.api_version(), items, &wanted)
}

/// The list over all namespaces, of which the lab has one.
pub(crate) async fn list_everywhere(
    state: State<GrafanaState>,
    collection: Path<Collection>,
    uri: Uri,
    params: Params,
) -> Response {
    list(state, collection, uri, params).await
}

pub(crate) async fn one(State(state): State<GrafanaState>, Path(named): Path<Named>, uri: Uri) -> Response {
    match named.place(&uri) {
        Ok((place, name)) => match get(&state, &place, &name) {
            Some(resource) => Json(resource).into_response(),
            None => absent(place.kind, &name),
        },
        Err(refusal) => refusal,
    }
}

pub(crate) fn get(state: &GrafanaState, place: &Place, name: &str) -> Option<Value> {
    match place.kind {
        Kind::Dashboard => boards::one(state, place, name),
        Kind::Folder => folders::one(state, place, name),
    }
}

pub(crate) async fn create(
    State(state): State<GrafanaState>,
    Path(collection): Path<Collection>,
    uri: Uri,
    body: Received,
) -> Response {
    let made = async {
        let is_trial = is_trial(&uri);
        let place = collection.place(&uri)?;
        let mut resource = received(body)?;
        check(&place, &resource, None)?;
        let metadata = &resource["metadata"];
        let prefix = metadata["generateName"].as_str().filter(|prefix| !prefix.is_empty());
        let made = prefix.map(|prefix| format!("{prefix}{:x}", state.clock.now_ns()));
        let own = metadata["name"].as_str().filter(|name| !name.is_empty()).map(str::to_owned);
        let name = own.or(made).ok_or_else(|| bad("metadata needs a name or a generateName"))?;
        name_it(&mut resource, &name);
        if get(&state, &place, &name).is_some() {
            return Err(exists(&place, &name));
        }
        keep(&state, &place, resource, &name, (is_trial, Replace::No)).await
    };
    match made.await {
        Ok(resource) => (StatusCode::CREATED, Json(resource)).into_response(),
        Err(refusal) => refusal,
    }
}

fn exists(place: &Place, name: &str) -> Response {
    let said = format!("{}.{} {name:?} already exists", place.kind.plural(), place.kind.group());
    failure(StatusCode::CONFLICT, "AlreadyExists", &said)
}

/// Replaces a resource, or makes it where there is none.
pub(crate) async fn replace(
    State(state): State<GrafanaState>,
    Path(named): Path<Named>,
    uri: Uri,
    body: Received,
) -> Response {
    let replaced = async {
        let is_trial = is_trial(&uri);
        let (place, name) = named.place(&uri)?;
        let mut resource = received(body)?;
        check(&place, &resource, Some(&name))?;
        let before = get(&state, &place, &name);
        let replace = based_on(&resource, before.as_ref(), &place, &name)?;
        name_it(&mut resource, &name);
        let status = if before.is_some() { StatusCode::OK } else { StatusCode::CREATED };
        Ok((status, keep(&state, &place, resource, &name, (is_trial, replace)).await?))
    };
    answered(replaced.await)
}

pub(crate) async fn patch(
    State(state): State<GrafanaState>,
    Path(named): Path<Named>,
    uri: Uri,
    headers: HeaderMap,
    body: Received,
) -> Response {
    let patched = async {
        let is_trial = is_trial(&uri);
        let (place, name) = named.place(&uri)?;
        let before = get(&state, &place, &name).ok_or_else(|| absent(place.kind, &name))?;
        let base = before.clone();
        let applied = on_disk(move || changes::applied(base, &headers, body)).await;
        let mut resource = applied.ok_or_else(stopped)??;
        check(&place, &resource, Some(&name))?;
        name_it(&mut resource, &name);
        based_on(&resource, Some(&before), &place, &name)?;
        // The patch was applied to this version, whether or not the resource still says so.
        let replace = based_on(&before, Some(&before), &place, &name)?;
        Ok((StatusCode::OK, keep(&state, &place, resource, &name, (is_trial, replace)).await?))
    };
    answered(patched.await)
}

fn stopped() -> Response {
    let said = "the lab was stopped while it applied the patch; send it again";
    failure(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", said)
}

fn answered(changed: Result<(StatusCode, Value), Response>) -> Response {
    match changed {
        Ok((status, resource)) => (status, Json(resource)).into_response(),
        Err(refusal) => refusal,
    }
}

pub(crate) async fn remove(
    State(state): State<GrafanaState>,
    Path(named): Path<Named>,
    uri: Uri,
    body: Received,
) -> Response {
    let gone = async {
        let params = query(&uri);
        let (place, name) = named.place(&uri)?;
        let before = get(&state, &place, &name).ok_or_else(|| absent(place.kind, &name))?;
        let options: Value = match &body {
            Ok(bytes) if bytes.is_empty() => Value::Null,
            _ => parse(body, "the options of the removal").map_err(unreadable)?,
        };
        let wanted = Preconditions::read(&options).map_err(|said| bad(&said))?;
        wanted.check(&before).map_err(|said| not_as_wanted(place.kind, &name, &said))?;
        let is_trial =
            params.get("dryRun").is_some() || options["dryRun"].as_array().is_some_and(|list| !list.is_empty());
        if !is_trial {
            // Without a time of grace a folder goes with all that is in it.
            let is_forced = params.get("gracePeriodSeconds") == Some("0") || options["gracePeriodSeconds"] == 0;
            let how = if is_forced { Removal::WithContent } else { Removal::Empty };
            match place.kind {
                Kind::Dashboard => boards::remove(&state, &name, wanted).await?,
                Kind::Folder => folders::remove(&state, &name, how, wanted).await?,
            }
        }
        Ok(removed(place.kind, &before))
    };
    gone.await.unwrap_or_else(|refusal: Response| refusal)
}

/// A change must be based on the newest version, if it says on which one. What it may replace, to be held against what is
/// there when it is made.
fn based_on(resource: &Value, before: Option<&Value>, place: &Place, name: &str) -> Result<Replace, Response> {
    let metadata = &resource["metadata"];
    let based = metadata["resourceVersion"].as_str().filter(|text| !text.is_empty());
    if let Some(uid) = metadata["uid"].as_str().filter(|text| !text.is_empty()) {
        // A resource of the same name that was made anew is another one.
        let found = before.unwrap_or(&Value::Null);
        Preconditions::of_uid(uid).check(found).map_err(|said| not_as_wanted(place.kind, name, &said))?;
    }
    match (based, before) {
        (Some(based), Some(before)) if before["metadata"]["resourceVersion"] != based => Err(stale(place.kind, name)),
        (Some(based), Some(_)) => Ok(based.parse().map_or(Replace::Any, Replace::Version)),
        (Some(based), None) => Err(gone(place.kind, name, based)),
        (None, _) => Ok(Replace::Any),
    }
}

async fn keep(
    state: &GrafanaState,
    place: &Place,
    resource: Value,
    name: &str,
    how: (bool, Replace),
) -> Result<Value, Response> {
    match place.kind {
        Kind::Dashboard => boards::keep(state, place, resource, name, how).await,
        Kind::Folder => folders::keep(state, place, resource, name, how).await,
    }
}

fn is_trial(uri: &Uri) -> bool {
    query(uri).get("dryRun").is_some()
}

/// The parameters of an address whose request has a body of its own.
fn query(uri: &Uri) -> Params {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect()
}

fn received(body: Received) -> Result<Value, Response> {
    let resource: Value = parse(body, "a resource {\"metadata\", \"spec\"}").map_err(unreadable)?;
    if resource.is_object() { Ok(resource) } else { Err(bad("the request body must be a resource, a JSON object")) }
}
