//! What an Alertmanager of version 2 of its API answers: alerts that fire, and silences. The lab keeps the silences and
//! marks the alerts that they match; it notifies nobody by this path.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::DateTime;
use lab_dashboards::{ShelfError, Silence, SilenceMatcher};
use lab_model::{MatchOp, Matcher};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::grafana::answer::{Received, message, not_found, not_kept, read, rfc3339};
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
    let (id, replaced) = (silence.id.clone(), silence.id.clone());
    let kept = changed(state, move |list| {
        list.retain(|one| one.id != replaced && one.ends_at > now / 1_000_000 - KEPT_AFTER_MS);
        list.push(silence);
    });
    match kept.await {
        Ok(()) => (StatusCode::ACCEPTED, Json(json!({ "silenceID": id }))).into_response(),
        Err(error) => not_kept(&error),
    }
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
    let id = written.id.filter(|id| !id.is_empty()).unwrap_or_else(|| new_id(now_ns));
    let (matchers, updated_at) = (written.matchers, now_ns / 1_000_000);
    let (created_by, comment) = (written.created_by, written.comment);
    Ok(Silence { id, matchers, starts_at, ends_at, created_by, comment, updated_at })
}

/// Distinct as long as the clock goes on, in the shape of a UUID, which clients check.
fn new_id(now_ns: i64) -> String {
    let time = now_ns.unsigned_abs();
    format!("{:08x}-{:04x}-4{:03x}-8000-{:012x}", time >> 32, (time >> 16) & 0xffff, time & 0xfff, time & 0xffff)
}

fn matchers(written: &[SilenceMatcher]) -> Result<Vec<Matcher>, String> {
    let one = |one: &SilenceMatcher| {
        let op = match (one.is_equal, one.is_regex) {
            (true, false) => MatchOp::Equal,
            (false, false) => MatchOp::NotEqual,
            (true, true) => MatchOp::Regex,
            (false, true) => MatchOp::NotRegex,
        };
        Matcher::new(&*one.name, op, &*one.value).map_err(|error| format!("matcher of {:?}: {error}", one.name))
    };
    written.iter().map(one).collect()
}

/// Whether the matchers of a silence are those of this alert's labels.
fn silences(silence: &Silence, labels: &Value) -> bool {
    let value = |name: &str| labels[name].as_str().unwrap_or_default();
    matchers(&silence.matchers).is_ok_and(|set| set.iter().all(|matcher| matcher.matches(value(&matcher.name))))
}

/// `filter` (`name="value"`, repeated) leaves the silences that have this matcher.
pub(crate) async fn list(State(state): State<GrafanaState>, params: Params) -> Response {
    let now = state.clock.now_ms();
    let filters: Vec<&str> = params.all("filter").collect();
    let has = |silence: &Silence| {
        filters.iter().all(|filter| silence.matchers.iter().any(|one| written(one) == filter.replace('\'', "\"")))
    };
    let mut all = state.notes.silences.list();
    all.retain(|silence| silence.ends_at > now - KEPT_AFTER_MS && has(silence));
    all.sort_by_key(|silence| (silence.ends_at <= now, silence.ends_at));
    Json(all.iter().map(|silence| encode(silence, now)).collect::<Vec<_>>()).into_response()
}

fn written(matcher: &SilenceMatcher) -> String {
    let op = match (matcher.is_equal, matcher.is_regex) {
        (true, false) => "=",
        (false, false) => "!=",
        (true, true) => "=~",
        (false, true) => "!~",
    };
    format!("{}{op}\"{}\"", matcher.name, matcher.value)
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
    let joined = tokio::task::spawn_blocking(move || state.notes.silences.change(change)).await;
    joined.unwrap_or(Err(ShelfError::Disk {
        path: "silences".to_owned(),
        error: std::io::Error::other("the lab was stopped while it kept the silence; send it again"),
    }))
}

/// The alerts that fire, with the silences that match them.
pub(crate) async fn alerts(State(state): State<GrafanaState>) -> Response {
    let now = state.clock.now_ms();
    let mut active = state.notes.silences.list();
    active.retain(|silence| silence.starts_at <= now && now < silence.ends_at);
    let answer = state.stores.ask("prometheus", "/api/v1/alerts", &[]).await;
    let firing = answer.body["data"]["alerts"].as_array().cloned().unwrap_or_default();
    let encoded = firing.iter().filter(|alert| alert["state"] == "firing").map(|alert| {
        let by: Vec<_> =
            active.iter().filter(|one| silences(one, &alert["labels"])).map(|one| one.id.clone()).collect();
        json!({
            "labels": alert["labels"], "annotations": alert["annotations"], "startsAt": alert["activeAt"],
            "endsAt": rfc3339(now + 240_000), "updatedAt": rfc3339(now), "generatorURL": "",
            "fingerprint": fingerprint(&alert["labels"]), "receivers": [{ "name": "none" }],
            "status": {
                "state": if by.is_empty() { "active" } else { "suppressed" }, "silencedBy": by, "inhibitedBy": [],
                "mutedBy": [],
            },
        })
    });
    Json(encoded.collect::<Vec<_>>()).into_response()
}

pub(crate) async fn status(State(state): State<GrafanaState>) -> Response {
    Json(json!({
        "cluster": { "status": "disabled", "peers": [] }, "config": { "original": "" }, "uptime": "",
        "versionInfo": { "version": state.version, "branch": "", "buildDate": "", "buildUser": "", "goVersion": "", "revision": "" },
    }))
    .into_response()
}

/// FNV-1a over the sorted labels, in hexadecimal.
fn fingerprint(labels: &Value) -> String {
    let hash = labels
        .to_string()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
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
