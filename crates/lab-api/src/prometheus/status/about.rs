//! What the process is and was started with: `status/{buildinfo,config,flags,runtimeinfo}`, `/version`, the health
//! endpoints, `/-/reload` and `/-/quit`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use crate::prometheus::answer::envelope::{Answer, success};
use crate::prometheus::state::{PROMETHEUS_VERSION, PrometheusState, Reload};

pub(crate) async fn build_info(State(state): State<PrometheusState>) -> Answer {
    success(&build(&state))
}

/// `/version`: the same without an envelope.
pub(crate) async fn version(State(state): State<PrometheusState>) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], build(&state).to_string()).into_response()
}

fn build(state: &PrometheusState) -> Value {
    json!({
        "version": PROMETHEUS_VERSION, "revision": state.about.revision, "branch": "",
        "buildUser": format!("dicelab {}", state.about.version), "buildDate": "", "goVersion": "",
    })
}

pub(crate) async fn config(State(state): State<PrometheusState>) -> Answer {
    let yaml = state.scraper.as_ref().map(|scraper| scraper.config().source.clone()).unwrap_or_default();
    success(&json!({"yaml": yaml}))
}

pub(crate) async fn flags(State(state): State<PrometheusState>) -> Answer {
    success(&state.about.flags)
}

/// `/api/v1/status/runtimeinfo`: in place of goroutines there are tasks, and worker threads in place of
/// `GOMAXPROCS`. A corruption is a place in the database that cannot be trusted.
pub(crate) async fn runtime_info(State(state): State<PrometheusState>) -> Answer {
    let time =
        |ms| DateTime::from_timestamp_millis(ms).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true);
    let last = state.reload.as_ref().map(Reload::last);
    let runtime = tokio::runtime::Handle::current().metrics();
    success(&json!({
        "startTime": time(state.about.started),
        "CWD": state.about.working_directory,
        "hostname": state.about.hostname,
        "serverTime": time(state.clock.now_ms()),
        "reloadConfigSuccess": last.is_none_or(|last| last.succeeded),
        "lastConfigTime": time(last.and_then(|last| last.read_at).unwrap_or(state.about.started)),
        "corruptionCount": state.store.stats().damage.rows,
        "goroutineCount": runtime.num_alive_tasks(),
        "GOMAXPROCS": runtime.num_workers(),
        "storageRetention": state.about.retention,
    }))
}

pub(crate) async fn healthy() -> &'static str {
    "Dicelab's Prometheus API is Healthy.\n"
}

pub(crate) async fn ready() -> &'static str {
    "Dicelab's Prometheus API is Ready.\n"
}

/// `POST` or `PUT` `/-/reload`: reads the configuration again.
pub(crate) async fn reload(State(state): State<PrometheusState>) -> Response {
    let Some(reload) = state.reload else {
        return (StatusCode::FORBIDDEN, "there is no configuration to reload here\n").into_response();
    };
    let now_ms = state.clock.now_ms();
    let done = tokio::task::spawn_blocking(move || reload.run(now_ms)).await;
    match done.unwrap_or_else(|panic| Err(panic.to_string())) {
        Ok(()) => StatusCode::OK.into_response(),
        Err(reason) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("failed to reload config: {reason}\n")).into_response()
        }
    }
}

/// `POST` or `PUT` `/-/quit`: ends the lab as a signal does.
pub(crate) async fn quit(State(state): State<PrometheusState>) -> Response {
    match state.quit {
        Some(quit) => {
            quit();
            "Requesting termination... Goodbye!".into_response()
        }
        None => (StatusCode::FORBIDDEN, "this server cannot be ended by a request\n").into_response(),
    }
}

/// Any other method at `/-/reload` and `/-/quit`.
pub(crate) async fn steering_method() -> Response {
    let allow = [(ALLOW, "POST, PUT")];
    (StatusCode::METHOD_NOT_ALLOWED, allow, "Only POST or PUT requests allowed").into_response()
}
