//! Errors in Kubernetes' shape, a `Status`.

use axum::Json;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use lab_dashboards::ImportError;
use serde_json::{Value, json};

use crate::grafana::apis::kinds::Kind;
use crate::grafana::dashboards::tree::FolderError;

pub(crate) fn failure(status: StatusCode, reason: &str, said: &str) -> Response {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": said, "reason": reason,
        "code": status.as_u16(),
    });
    (status, Json(body)).into_response()
}

/// What no route answers.
pub(crate) async fn unknown_path(uri: Uri) -> Response {
    failure(StatusCode::NOT_FOUND, "NotFound", &format!("Not found: {}", uri.path()))
}

pub(crate) fn wrong_method(uri: &Uri) -> Response {
    let said = format!("{} does not take this method", uri.path());
    failure(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", &said)
}

/// The answer to a body that cannot be read.
pub(crate) fn unreadable((status, said): (StatusCode, String)) -> Response {
    let reason = if status == StatusCode::PAYLOAD_TOO_LARGE { "RequestEntityTooLarge" } else { "BadRequest" };
    failure(status, reason, &said)
}

pub(crate) fn bad(said: &str) -> Response {
    failure(StatusCode::BAD_REQUEST, "BadRequest", said)
}

pub(crate) fn absent(kind: Kind, name: &str) -> Response {
    let said = format!("{}.{} {name:?} not found", kind.plural(), kind.group());
    failure(StatusCode::NOT_FOUND, "NotFound", &said)
}

/// The answer to a change of something that was changed in the meantime.
pub(crate) fn stale(kind: Kind, name: &str) -> Response {
    let said = format!(
        "Operation cannot be fulfilled on {}.{} {name:?}: the object has been modified; read it again and apply your \
         change to that",
        kind.plural(),
        kind.group()
    );
    failure(StatusCode::CONFLICT, "Conflict", &said)
}

/// The answer to a change of a version of something that is not there; whether it ever was, is not known.
pub(crate) fn gone(kind: Kind, name: &str, version: &str) -> Response {
    let said = format!(
        "Operation cannot be fulfilled on {}.{} {name:?}: there is no such object, or not any more since version \
         {version}; leave out metadata.resourceVersion and metadata.uid to make it",
        kind.plural(),
        kind.group()
    );
    failure(StatusCode::CONFLICT, "Conflict", &said)
}

/// The answer to a change of something that is not what the client says it is.
pub(crate) fn not_as_wanted(kind: Kind, name: &str, reason: &str) -> Response {
    let said = format!("Operation cannot be fulfilled on {}.{} {name:?}: {reason}", kind.plural(), kind.group());
    failure(StatusCode::CONFLICT, "Conflict", &said)
}

/// Why a dashboard is not kept.
pub(crate) fn not_imported(error: &ImportError) -> Response {
    let (status, reason) = match error {
        ImportError::Exists(_) => (StatusCode::CONFLICT, "AlreadyExists"),
        ImportError::Stale(_) => (StatusCode::CONFLICT, "Conflict"),
        ImportError::Uid { .. } | ImportError::Shape { .. } => (StatusCode::BAD_REQUEST, "BadRequest"),
        ImportError::Provisioned(_) => (StatusCode::FORBIDDEN, "Forbidden"),
        ImportError::Full => (StatusCode::INSUFFICIENT_STORAGE, "InternalError"),
        ImportError::Disk { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
    };
    failure(status, reason, &error.to_string())
}

/// Why a folder is not changed.
pub(crate) fn not_folded(error: &FolderError) -> Response {
    if let FolderError::Import(error) = error {
        return not_imported(error);
    }
    let reason = match error {
        FolderError::Absent(_) => "NotFound",
        FolderError::Exists(_) => "AlreadyExists",
        FolderError::Stale => "Conflict",
        FolderError::Shelf(_) | FolderError::Stopped => "InternalError",
        _ => "BadRequest",
    };
    let status = if matches!(error, FolderError::Stale) { StatusCode::CONFLICT } else { error.status() };
    failure(status, reason, &error.to_string())
}

/// The answer to a removal.
pub(crate) fn removed(kind: Kind, resource: &Value) -> Response {
    let metadata = &resource["metadata"];
    let details =
        json!({ "name": metadata["name"], "group": kind.group(), "kind": kind.plural(), "uid": metadata["uid"] });
    let body = json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details });
    Json(body).into_response()
}
