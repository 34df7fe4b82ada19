//! Silences by version 2 of an Alertmanager's API. The lab keeps them and marks the alerts that they match.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::DateTime;
use lab_dashboards::{ShelfError, Silence, SilenceMatcher};
use lab_model::Matcher;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::grafana::alerting::labels::{filter, matchers};
use crate::grafana::answer::{Received, message, not_found, not_kept, on_disk, read, rfc3339};
use crate::grafana::state::GrafanaState;
use crate::params::Params;

/// Expired silences are forgotten after five days, as an Alertmanager does by default.
const KEPT_AFTER_MS: i64 = 5 * 24 * 3_600_000;

/// What `POST silences` takes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    #[serde(default)]
    id: Option<String>,
    matchers: Vec<SilenceMatcher>,
    starts_at: String,
    ends_at: String,
    #[serde(default)]
    created_by: String,
    #[serde(default)]
    comment: String,
}

const SHAPE: &str = "{\"matchers\": [{\"name\", \"value\", \"isRegex\", \"isEqual\"}], \"startsAt\": RFC 3339, \
                     \"endsAt\": RFC 3339, \"createdBy\": …, \"comment\": …}";

pub(crate) async fn create(State(state): State<GrafanaState>, body: Received) -> Response {
    let now = state.clock.now_ns();
    let silence = match read(body, SHAPE).and_then(|written| checked(written, now)) {
        Ok(silence) => silence,
        Err(refusal) => return refusal,
    };
    let kept = changed(state, move |list| {
        list.retain(|one| one.ends_at > now / 1_000_000 - KEPT_AFTER_MS);
        place(list, silence, now)
    });
    match kept.await {
        Ok(Some(id)) => (StatusCode::ACCEPTED, Json(json!({ "silenceID": id }))).into_response(),
        Ok(None) => not_found("silence"),
        Err(error) => not_kept(&error),
    }
}

/// Puts a silence into the list; its id, or nothing if it names one that is not there. As in an Alertmanager, one that
/// would then mean something else, or that has ended, gets a new id, and the old one ends.
fn place(list: &mut Vec<Silence>, mut silence: Silence, now_ns: i64) -> Option<String> {
    let now = now_ns / 1_000_000;
    if !silence.id.is_empty() {
        let known = list.iter_mut().find(|one| one.id == silence.id)?;
        let same_start = known.starts_at / 1000 == silence.starts_at / 1000;
        let may_change = known.matchers == silence.matchers
            && known.ends_at > now
            && if known.starts_at <= now { same_start } else { silence.starts_at >= now };
        if may_change {
            *known = silence;
            return Some(known.id.clone());
        }
        known.ends_at = known.ends_at.min(now);
    }
    silence.starts_at = silence.starts_at.max(now);
    let mut ids = (now_ns..).map(new_id);
    silence.id = ids.find(|id| list.iter().all(|one| one.id != *id))?;
    let id = silence.id.clone();
    list.push(silence);
    Some(id)
}

/// The silence, or what is wrong with it.
fn checked(written: Written, now_ns: i64) -> Result<Silence, Response> {
    let wrong = |reason: String| message(StatusCode::BAD_REQUEST, &reason);
    let time = |name: &str, text: &str| {
        DateTime::parse_from_rfc3339(text)
            .map(|time| time.timestamp_millis())
            .map_err(|error| wrong(format!("{name} {text:?} is no time of RFC 3339: {error}")))
    };
    let (starts_at, ends_at) = (time("startsAt", &written.starts_at)?, time("endsAt", &written.ends_at)?);
    if ends_at <= starts_at {
        return Err(wrong("endsAt must be later than startsAt".to_owned()));
    }
    if ends_at <= now_ns / 1_000_000 {
        return Err(wrong("endsAt is in the past; a silence must end in the future".to_owned()));
    }
    let set = matchers(&written.matchers).map_err(wrong)?;
    if set.iter().all(Matcher::matches_empty) {
        return Err(wrong("at least one matcher must match something else than an empty label".to_owned()));
    }
    let id = written.id.unwrap_or_default();
    let (matchers, updated_at) = (written.matchers, now_ns / 1_000_000);
    let (created_by, comment) = (written.created_by, written.comment);
    Ok(Silence { id, matchers, starts_at, ends_at, created_by, comment, updated_at })
}

/// Distinct as long as the clock goes on, in the shape of a UUID, which clients check.
fn new_id(now_ns: i64) -> String {
    let time = now_ns.unsigned_abs();
    format!("{:08x}-{:04x}-4{:03x}-8000-{:012x}", time >> 32, (time >> 16) & 0xffff, time & 0xfff, time & 0xffff)
}

/// `filter` (`name="value"`, repeated) leaves the silences that have such a matcher.
pub(crate) async fn list(State(state): State<GrafanaState>, params: Params) -> Response {
    let now = state.clock.now_ms();
    let read: Result<Vec<Matcher>, String> = params.all("filter").map(filter).collect();
    let filters = match read {
        Ok(filters) => filters,
        Err(said) => return message(StatusCode::BAD_REQUEST, &said),
    };
    let has = |silence: &Silence| {
        let own = matchers(&silence.matchers).unwrap_or_default();
        filters.iter().all(|filter| {
            let found = own.iter().find(|one| one.name == filter.name);
            filter.matches(found.map_or("", |one| &one.value))
        })
    };
    let mut all = state.notes.silences.list();
    all.retain(|silence| silence.ends_at > now - KEPT_AFTER_MS && has(silence));
    all.sort_by_key(|silence| (silence.ends_at <= now, silence.ends_at));
    Json(all.iter().map(|silence| encode(silence, now)).collect::<Vec<_>>()).into_response()
}

pub(crate) async fn one(State(state): State<GrafanaState>, Path((_, id)): Path<(String, String)>) -> Response {
    let found = state.notes.silences.list().into_iter().find(|silence| silence.id == id);
    let now = state.clock.now_ms();
    found.map_or_else(|| not_found("Silence"), |silence| Json(encode(&silence, now)).into_response())
}

/// An expired silence stays to be seen for a while.
pub(crate) async fn expire(State(state): State<GrafanaState>, Path((_, id)): Path<(String, String)>) -> Response {
    let now = state.clock.now_ms();
    let expired = changed(state, move |list| {
        let found = list.iter_mut().find(|silence| silence.id == id);
        found.map(|silence| silence.ends_at = silence.ends_at.min(now)).is_some()
    });
    match expired.await {
        Ok(true) => message(StatusCode::OK, "silence deleted"),
        Ok(false) => not_found("Silence"),
        Err(error) => not_kept(&error),
    }
}

async fn changed<R: Send + 'static>(
    state: GrafanaState,
    change: impl FnOnce(&mut Vec<Silence>) -> R + Send + 'static,
) -> Result<R, ShelfError> {
    let joined = on_disk(move || state.notes.silences.change(change)).await;
    joined.unwrap_or(Err(ShelfError::Disk {
        path: "silences".to_owned(),
        error: std::io::Error::other("the lab was stopped while it kept the silence; send it again"),
    }))
}

fn encode(silence: &Silence, now: i64) -> Value {
    let state = match () {
        () if silence.ends_at <= now => "expired",
        () if silence.starts_at > now => "pending",
        () => "active",
    };
    json!({
        "id": silence.id, "status": { "state": state }, "matchers": silence.matchers, "comment": silence.comment,
        "createdBy": silence.created_by, "startsAt": rfc3339(silence.starts_at), "endsAt": rfc3339(silence.ends_at),
        "updatedAt": rfc3339(silence.updated_at),
    })
}
