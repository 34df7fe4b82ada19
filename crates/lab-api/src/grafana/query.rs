//! `POST /api/ds/query`: queries of any data source, each answered with frames or an error.

mod frames;
mod range;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::grafana::answer::{Received, message, read};
use crate::grafana::query::range::Range;
use crate::grafana::sources::known::Source;
use crate::grafana::state::{Answer, GrafanaState};

/// Queries of one request.
const MOST: usize = 100;

pub(crate) fn router() -> Router<GrafanaState> {
    Router::new().route("/api/ds/query", post(query))
}

#[derive(Debug, Deserialize)]
struct Asked {
    queries: Vec<Value>,
    #[serde(default)]
    from: Value,
    #[serde(default)]
    to: Value,
}

async fn query(State(state): State<GrafanaState>, body: Received) -> Response {
    let asked: Asked = match read(body, "{\"queries\": [{\"refId\", \"datasource\", …}], \"from\": …, \"to\": …}")
    {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    if asked.queries.is_empty() || asked.queries.len() > MOST {
        return message(StatusCode::BAD_REQUEST, &format!("queries must have between 1 and {MOST} elements"));
    }
    let range = match Range::read(&asked.from, &asked.to, state.clock.now_ms()) {
        Ok(range) => range,
        Err(reason) => return message(StatusCode::BAD_REQUEST, &reason),
    };
    let (mut results, mut status) = (Map::new(), StatusCode::OK);
    for query in asked.queries {
        let ref_id = query["refId"].as_str().filter(|text| !text.is_empty()).unwrap_or("A").to_owned();
        let result = match run(&state, &query, range).await {
            Ok(frames) => {
                let named = frames.into_iter().map(|mut frame| {
                    frame["schema"]["refId"] = json!(ref_id);
                    frame
                });
                json!({ "status": 200, "frames": named.collect::<Vec<_>>() })
            }
            Err(reason) => {
                status = StatusCode::BAD_REQUEST;
                json!({ "status": 400, "error": reason, "errorSource": "downstream", "frames": [] })
            }
        };
        results.insert(ref_id, result);
    }
    (status, Json(json!({ "results": results }))).into_response()
}

/// The frames of one query, or why it has none.
async fn run(state: &GrafanaState, query: &Value, range: Range) -> Result<Vec<Value>, String> {
    let named = &query["datasource"];
    let uid = named["uid"].as_str().or_else(|| named.as_str());
    let source = match (uid, query["datasourceId"].as_u64()) {
        (Some(uid), _) => Source::by_uid(state, uid),
        (None, Some(id)) => Source::by_id(state, &id.to_string()),
        (None, None) => None,
    };
    let source = source.ok_or_else(|| {
        let ref_id = &query["refId"];
        format!("data source not found: the query with refId {ref_id} names none of the data sources of this lab")
    })?;
    match source.uid {
        "loki" => loki(state, query, range).await,
        "tempo" => tempo(state, query, range).await,
        "alertmanager" => Err("an Alertmanager takes no queries; ask it below /api/alertmanager".to_owned()),
        _ => prometheus(state, query, range).await,
    }
}

fn body(answer: Answer) -> Result<Value, String> {
    if answer.is_success { Ok(answer.body) } else { Err(answer.message()) }
}

/// `expr`, asked over the range, at its end (`instant`), or both.
async fn prometheus(state: &GrafanaState, query: &Value, range: Range) -> Result<Vec<Value>, String> {
    let expr = query["expr"].as_str().unwrap_or_default();
    let instant = query["instant"].as_bool().unwrap_or(false);
    let over_range = query["range"].as_bool().unwrap_or(!instant);
    let legend = query["legendFormat"].as_str().unwrap_or_default();
    let mut frames = Vec::new();
    if over_range || !instant {
        let step = range.step(query);
        let from = range.from - range.from.rem_euclid(step);
        let params =
            [("query", expr.to_owned()), ("start", seconds(from)), ("end", seconds(range.to)), ("step", seconds(step))];
        let answer = body(state.stores.ask("prometheus", "/api/v1/query_range", &params).await)?;
        frames.extend(frames::series(&answer["data"], legend, expr));
    }
    if instant {
        let params = [("query", expr.to_owned()), ("time", seconds(range.to))];
        let answer = body(state.stores.ask("prometheus", "/api/v1/query", &params).await)?;
        frames.extend(frames::series(&answer["data"], legend, expr));
    }
    Ok(frames)
}

/// `expr`, over the range or at its end (`queryType: instant`); lines up to `maxLines`.
async fn loki(state: &GrafanaState, query: &Value, range: Range) -> Result<Vec<Value>, String> {
    let expr = query["expr"].as_str().unwrap_or_default();
    let legend = query["legendFormat"].as_str().unwrap_or_default();
    let limit = query["maxLines"].as_u64().unwrap_or(1000).to_string();
    let direction = query["direction"].as_str().unwrap_or("backward").to_owned();
    let answer = if query["queryType"] == "instant" || query["instant"] == true {
        let params = [("query", expr.to_owned()), ("time", nanoseconds(range.to)), ("limit", limit)];
        state.stores.ask("loki", "/loki/api/v1/query", &params).await
    } else {
        let params = [
            ("query", expr.to_owned()),
            ("start", nanoseconds(range.from)),
            ("end", nanoseconds(range.to)),
            ("step", seconds(range.step(query))),
            ("limit", limit),
            ("direction", direction),
        ];
        state.stores.ask("loki", "/loki/api/v1/query_range", &params).await
    };
    let answer = body(answer)?;
    let data = &answer["data"];
    Ok(if data["resultType"] == "streams" {
        vec![frames::lines(data, expr)]
    } else {
        frames::series(data, legend, expr)
    })
}

/// A search or series by TraceQL (`queryType: traceql`), or a trace by its id (`traceId`).
async fn tempo(state: &GrafanaState, query: &Value, range: Range) -> Result<Vec<Value>, String> {
    let text = query["query"].as_str().unwrap_or_default();
    if matches!(query["queryType"].as_str(), Some("traceId")) {
        let is_id = text.len() <= 32 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_id {
            return Err(format!("{text:?} is no trace id; it has up to 32 hexadecimal digits"));
        }
        let answer = body(state.stores.ask("tempo", &format!("/api/traces/{text}"), &[]).await)?;
        return Ok(vec![frames::trace(&answer, text)]);
    }
    let (start, end) = ((range.from / 1000).to_string(), (range.to.div_euclid(1000) + 1).to_string());
    let limit = query["limit"].as_u64().unwrap_or(20).to_string();
    let spans = query["spss"].as_u64().unwrap_or(3).to_string();
    let params =
        [("q", text.to_owned()), ("start", start.clone()), ("end", end.clone()), ("limit", limit), ("spss", spans)];
    let search = state.stores.ask("tempo", "/api/search", &params).await;
    if search.is_success {
        return Ok(vec![frames::traces(&search.body, text)]);
    }
    // The search does not take queries of metrics; whether this is one the engine knows.
    let step = query["step"]
        .as_str()
        .filter(|step| !step.is_empty())
        .map_or_else(|| seconds(range.step(query)), str::to_owned);
    let step = if step.ends_with(|last: char| last.is_ascii_digit()) { format!("{step}s") } else { step };
    let params = [("q", text.to_owned()), ("start", start), ("end", end), ("step", step)];
    let metrics = state.stores.ask("tempo", "/api/metrics/query_range", &params).await;
    if metrics.is_success { Ok(frames::span_series(&metrics.body, text)) } else { Err(search.message()) }
}

fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms.div_euclid(1000), ms.rem_euclid(1000))
}

fn nanoseconds(ms: i64) -> String {
    format!("{ms}000000")
}
