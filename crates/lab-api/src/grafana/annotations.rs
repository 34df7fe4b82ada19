//! `/api/annotations…`: what people note about a moment, kept by the lab and drawn in the panels.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use lab_dashboards::{Annotation, ShelfError};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::grafana::answer::{Received, message, not_found, not_kept, on_disk, read};
use crate::grafana::dashboards::encode::number;
use crate::grafana::state::GrafanaState;
use crate::params::Params;

pub(crate) fn router() -> Router<GrafanaState> {
    Router::new()
        .route("/api/annotations", get(list).post(create))
        .route("/api/annotations/graphite", axum::routing::post(create_graphite))
        .route("/api/annotations/tags", get(tags))
        .route("/api/annotations/mass-delete", axum::routing::post(remove_many))
        .route("/api/annotations/{id}", get(one).put(change).patch(change).delete(remove))
}

/// What a body may say of an annotation; what it leaves out stays as it is, or is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    #[serde(rename = "dashboardUID", alias = "dashboardUid")]
    dashboard_uid: Option<String>,
    panel_id: Option<i64>,
    time: Option<i64>,
    time_end: Option<i64>,
    dashboard_id: Option<u64>,
    text: Option<String>,
    tags: Option<Vec<String>>,
    data: Option<Value>,
}

impl Written {
    fn apply(self, annotation: &mut Annotation, now: i64) {
        let lasted = annotation.time_end != annotation.time;
        if let Some(time) = self.time.filter(|time| *time > 0) {
            annotation.time = time;
        }
        match self.time_end.filter(|time| *time > 0) {
            Some(end) => annotation.time_end = end,
            None if !lasted => annotation.time_end = annotation.time,
            None => {}
        }
        if annotation.time_end < annotation.time {
            std::mem::swap(&mut annotation.time, &mut annotation.time_end);
        }
        annotation.text = self.text.unwrap_or(std::mem::take(&mut annotation.text));
        annotation.tags = self.tags.unwrap_or(std::mem::take(&mut annotation.tags));
        annotation.data = self.data.unwrap_or(std::mem::take(&mut annotation.data));
        annotation.updated = now;
    }
}

const SHAPE: &str = "{\"text\": …, \"time\": milliseconds, \"tags\": […]}";

async fn create(State(state): State<GrafanaState>, body: Received) -> Response {
    let written: Written = match read(body, SHAPE) {
        Ok(written) => written,
        Err(refusal) => return refusal,
    };
    if written.text.as_deref().unwrap_or_default().is_empty() {
        return message(StatusCode::BAD_REQUEST, "Failed to save annotation: text field should not be empty");
    }
    keep(state, written, "Annotation added").await
}

/// The body that programs send which know Graphite's events.
#[derive(Debug, Deserialize)]
struct Graphite {
    what: String,
    /// Seconds since the epoch.
    when: Option<i64>,
    #[serde(default)]
    data: String,
    /// A list, or words in one text.
    #[serde(default)]
    tags: Value,
}

async fn create_graphite(State(state): State<GrafanaState>, body: Received) -> Response {
    let event: Graphite = match read(body, "{\"what\": …, \"when\": seconds, \"tags\": […]}") {
        Ok(event) => event,
        Err(refusal) => return refusal,
    };
    if event.what.is_empty() {
        return message(StatusCode::BAD_REQUEST, "Failed to save Graphite annotation: what field should not be empty");
    }
    let tags = match &event.tags {
        Value::String(words) => words.split_whitespace().map(str::to_owned).collect(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let text = if event.data.is_empty() { event.what } else { format!("{}\n{}", event.what, event.data) };
    let time = event.when.and_then(|seconds| seconds.checked_mul(1000));
    keep(state, Written { text: Some(text), tags: Some(tags), time, ..Written::default() }, "Graphite annotation added")
        .await
}

async fn keep(state: GrafanaState, mut written: Written, said: &'static str) -> Response {
    let now = state.clock.now_ms();
    let named = written.dashboard_uid.take().filter(|uid| !uid.is_empty());
    let numbered = written.dashboard_id.filter(|id| named.is_none() && *id > 0);
    let by_number = numbered.and_then(|id| {
        state.library.list().into_iter().find(|board| number(&board.uid) == id).map(|board| board.uid.clone())
    });
    let is_lost = numbered.is_some() && by_number.is_none();
    let uid = named.or(by_number);
    if is_lost || uid.as_ref().is_some_and(|uid| state.library.get(uid).is_none()) {
        return not_found("Dashboard");
    }
    let panel_id = written.panel_id.unwrap_or_default();
    let kept = changed(state, move |list| {
        let id = list.iter().map(|one| one.id).max().unwrap_or_default() + 1;
        let (text, tags, data) = (String::new(), Vec::new(), Value::Null);
        let mut annotation = Annotation {
            id,
            dashboard_uid: uid,
            panel_id,
            time: now,
            time_end: now,
            text,
            tags,
            data,
            created: now,
            updated: now,
        };
        written.apply(&mut annotation, now);
        list.push(annotation);
        id
    })
    .await;
    match kept {
        Ok(id) => Json(json!({ "id": id, "message": said })).into_response(),
        Err(error) => not_kept(&error),
    }
}

/// Changes the list where a disk may be written.
async fn changed<R: Send + 'static>(
    state: GrafanaState,
    change: impl FnOnce(&mut Vec<Annotation>) -> R + Send + 'static,
) -> Result<R, ShelfError> {
    let joined = on_disk(move || state.notes.annotations.change(change)).await;
    joined.unwrap_or(Err(ShelfError::Disk {
        path: "annotations".to_owned(),
        error: std::io::Error::other("the lab was stopped while it kept the annotation; send it again"),
    }))
}

/// `from`, `to` (milliseconds), `tags` (all of them, or any with `matchAny`), `dashboardUID`, `panelId`, `limit`, `type`.
async fn list(State(state): State<GrafanaState>, params: Params) -> Response {
    let number = |name: &str| -> Result<Option<i64>, Response> {
        params.get(name).map(str::parse).transpose().map_err(|_| {
            let found = params.get(name).unwrap_or_default();
            message(StatusCode::BAD_REQUEST, &format!("{name} must be a whole number, not {found:?}"))
        })
    };
    let (from, to, panel, limit) = match (number("from"), number("to"), number("panelId"), number("limit")) {
        (Ok(from), Ok(to), Ok(panel), Ok(limit)) => (from, to, panel, limit),
        (Err(refusal), ..) | (_, Err(refusal), ..) | (_, _, Err(refusal), _) | (.., Err(refusal)) => return refusal,
    };
    let board = params.get("dashboardId").and_then(|text| text.parse::<u64>().ok());
    let wanted: Vec<&str> = params.all("tags").filter(|tag| !tag.is_empty()).collect();
    let any = params.get("matchAny") == Some("true");
    let has = |one: &Annotation| {
        let mut known = wanted.iter().map(|tag| one.tags.iter().any(|own| own == tag));
        wanted.is_empty() || if any { known.any(|has| has) } else { known.all(|has| has) }
    };
    let mut found = state.notes.annotations.list();
    if params.get("type") == Some("alert") {
        found.clear();
    }
    found.retain(|one| {
        from.filter(|from| *from > 0).is_none_or(|from| one.time_end >= from)
            && to.filter(|to| *to > 0).is_none_or(|to| one.time <= to)
            && params.get("dashboardUID").is_none_or(|uid| one.dashboard_uid.as_deref() == Some(uid))
            && board.filter(|board| *board > 0).is_none_or(|board| is_on(one, board))
            && panel.filter(|panel| *panel > 0).is_none_or(|panel| one.panel_id == panel)
            && has(one)
    });
    found.sort_by_key(|one| std::cmp::Reverse((one.time_end, one.id)));
    found.truncate(limit.filter(|limit| *limit > 0).and_then(|limit| usize::try_from(limit).ok()).unwrap_or(100));
    Json(found.iter().map(encode).collect::<Vec<_>>()).into_response()
}

/// Whether it is on the dashboard of this number.
fn is_on(one: &Annotation, board: u64) -> bool {
    one.dashboard_uid.as_deref().map(number) == Some(board)
}

async fn one(State(state): State<GrafanaState>, Path(id): Path<String>) -> Response {
    let found = state.notes.annotations.list().into_iter().find(|one| one.id.to_string() == id);
    found.map_or_else(|| not_found("Annotation"), |one| Json(encode(&one)).into_response())
}

async fn change(State(state): State<GrafanaState>, Path(id): Path<String>, body: Received) -> Response {
    let written: Written = match read(body, SHAPE) {
        Ok(written) => written,
        Err(refusal) => return refusal,
    };
    let now = state.clock.now_ms();
    let changed = changed(state, move |list| {
        let found = list.iter_mut().find(|one| one.id.to_string() == id);
        found.map(|one| written.apply(one, now)).is_some()
    });
    said(changed.await, "Annotation updated")
}

async fn remove(State(state): State<GrafanaState>, Path(id): Path<String>) -> Response {
    let removed = changed(state, move |list| {
        let before = list.len();
        list.retain(|one| one.id.to_string() != id);
        list.len() < before
    });
    said(removed.await, "Annotation deleted")
}

/// Which annotations go: one, or those of a panel of a dashboard.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Many {
    annotation_id: Option<u64>,
    #[serde(rename = "dashboardUID", alias = "dashboardUid")]
    dashboard_uid: Option<String>,
    dashboard_id: Option<u64>,
    panel_id: Option<i64>,
}

async fn remove_many(State(state): State<GrafanaState>, body: Received) -> Response {
    let many: Many = match read(body, "{\"annotationId\": …}, or {\"dashboardUID\": …, \"panelId\": …}") {
        Ok(many) => many,
        Err(refusal) => return refusal,
    };
    let of_board = many.dashboard_uid.is_some() || many.dashboard_id.is_some();
    let Some(panel) = many.panel_id.filter(|_| of_board).or(many.annotation_id.map(|_| 0)) else {
        let said = "name an annotation (annotationId), or a dashboard and a panel (dashboardUID, panelId)";
        return message(StatusCode::BAD_REQUEST, said);
    };
    let removed = changed(state, move |list| {
        list.retain(|one| match many.annotation_id {
            Some(id) => one.id != id,
            None => {
                let uid = one.dashboard_uid.as_deref();
                let is_board =
                    uid.is_some() && (uid == many.dashboard_uid.as_deref() || uid.map(number) == many.dashboard_id);
                !(is_board && one.panel_id == panel)
            }
        });
        true
    });
    said(removed.await, "Annotations deleted")
}

fn said(found: Result<bool, ShelfError>, what: &str) -> Response {
    match found {
        Ok(true) => message(StatusCode::OK, what),
        Ok(false) => not_found("Annotation"),
        Err(error) => not_kept(&error),
    }
}

/// `tag` (a part of the name), `limit`: the tags and how often each is used.
async fn tags(State(state): State<GrafanaState>, params: Params) -> Response {
    let part = params.get("tag").unwrap_or_default();
    let mut counts = std::collections::BTreeMap::<String, u64>::new();
    for tag in state.notes.annotations.list().into_iter().flat_map(|one| one.tags) {
        if tag.contains(part) {
            *counts.entry(tag).or_default() += 1;
        }
    }
    let limit = params.get("limit").and_then(|text| text.parse().ok()).unwrap_or(100);
    let tags: Vec<_> =
        counts.into_iter().take(limit).map(|(tag, count)| json!({ "tag": tag, "count": count })).collect();
    Json(json!({ "result": { "tags": tags } })).into_response()
}

fn encode(one: &Annotation) -> Value {
    json!({
        "id": one.id, "alertId": 0, "alertName": "", "dashboardId": one.dashboard_uid.as_deref().map_or(0, number), "dashboardUID": one.dashboard_uid,
        "panelId": one.panel_id, "userId": 0, "login": "anonymous", "email": "", "avatarUrl": "", "newState": "",
        "prevState": "", "created": one.created, "updated": one.updated, "time": one.time, "timeEnd": one.time_end,
        "text": one.text, "tags": one.tags,
        "data": if one.data.is_null() { json!({}) } else { one.data.clone() },
    })
}
