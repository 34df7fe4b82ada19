//! What belongs to a resource and stands below its address.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};

use crate::grafana::apis::kinds::Kind;
use crate::grafana::apis::{boards, discovery, folders};
use crate::grafana::state::GrafanaState;

pub(crate) async fn part(
    State(state): State<GrafanaState>,
    Path((version, namespace, name)): Path<(String, String, String)>,
    uri: Uri,
) -> Response {
    let part = uri.path().rsplit('/').next().unwrap_or_default();
    let place = match discovery::place(&uri, version, namespace) {
        Ok(place) => place,
        Err(refusal) => return refusal,
    };
    let found = match place.kind {
        Kind::Dashboard => boards::with_access(&state, &place, &name),
        Kind::Folder => folders::part(&state, &place, &name, part),
    };
    found.map_or_else(|refusal| refusal, |found| Json(found).into_response())
}
