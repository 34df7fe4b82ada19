//! `POST /api/dicelab/expect`, on the page's port and the collector's: tests in any language ask whether their expectations
//! hold, of the whole lab or of one trace.
//!
//! The body is a file of expectations. The answer says of each what was asked, expected and got, and its status is 200
//! whether they hold or not; 400 for what is no such file, 429 while too many are judged, 501 behind passwords.
//!
//! | Parameter | Means |
//! |---|---|
//! | `trace_id` | 32 hexadecimal digits: traces and lines are those of this trace, for which is waited until it is whole |
//! | `start` | seconds since the Unix epoch; the start of the lab if it is missing |
//! | `within` | how long the trace is waited for, for example `5s`, which is the default; at most 30s |

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use lab_model::duration;
use lab_run::expect::expectation::Question;
use lab_run::expect::file;
use lab_run::judge;
use lab_run::judge::traces::whole;
use lab_run::judge::verdict::Verdict;
use lab_run::scope::{Scope, TraceId};
use serde::{Deserialize, Serialize};
use telemetry::problem::Problem;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::doors::asked;
use crate::parts::clock::now_ns;
use crate::ports::Ports;

/// What the expectations of a request are called in its errors.
const BODY: &str = "body";
/// The longest body, the most expectations in it, and how many requests are judged at a time.
const LONGEST: usize = 1 << 20;
const MOST: usize = 100;
const AT_A_TIME: usize = 8;
/// How long a trace is waited for, unless the request says it, and at most.
const PATIENCE: Duration = Duration::from_secs(5);
const MOST_PATIENCE: Duration = Duration::from_secs(30);
/// How long all judging may take.
const LONGEST_JUDGING: Duration = Duration::from_secs(90);

/// Of which time and which trace.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    start: Option<f64>,
    trace_id: Option<String>,
    within: Option<String>,
}

/// What became of the expectations.
#[derive(Debug, Serialize)]
struct Answer {
    passed: bool,
    /// Whether the trace was whole when it was judged; only of one trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    whole: Option<bool>,
    verdicts: Vec<Verdict>,
}

/// What the route knows.
#[derive(Clone, Debug)]
struct Lab {
    ports: Ports,
    began_ns: i64,
    places: Arc<Semaphore>,
}

/// The route of a lab that began at this time.
pub fn router(ports: Ports, began_ns: i64) -> Router {
    let lab = Lab { ports, began_ns, places: Arc::new(Semaphore::new(AT_A_TIME)) };
    let route = post(expect).layer(DefaultBodyLimit::max(LONGEST));
    Router::new().route("/api/dicelab/expect", route).with_state(lab)
}

async fn expect(State(lab): State<Lab>, Query(about): Query<About>, body: String) -> Result<Json<Answer>, Problem> {
    if lab.ports.are_guarded() {
        let why = "this lab asks for passwords (--web-config) and has none to query itself with; export the run with \
                   dicelab export, then judge the file with dicelab check";
        return Err(Problem::new(StatusCode::NOT_IMPLEMENTED, why));
    }
    let why = "too many requests are being judged; try again in a moment";
    let _place = lab.places.try_acquire().map_err(|_| Problem::new(StatusCode::TOO_MANY_REQUESTS, why))?;
    let stop = CancellationToken::new();
    let why = format!("judging took longer than {LONGEST_JUDGING:?}; ask for less at a time");
    let judged = timeout(LONGEST_JUDGING, judged(&lab, about, &body, &stop)).await;
    judged.map_err(|_| Problem::new(StatusCode::GATEWAY_TIMEOUT, why))?.map(Json)
}

async fn judged(lab: &Lab, about: About, body: &str, stop: &CancellationToken) -> Result<Answer, Problem> {
    let wrong = |why: String| Problem::new(StatusCode::BAD_REQUEST, why);
    let file = file::parse(Path::new(BODY), body).map_err(|error| wrong(error.to_string()))?;
    if !file.services.is_empty() || !file.requests.is_empty() || file.ready.is_some() {
        let why = "services, requests, ready: a lab that is running starts nothing; give them to dicelab run";
        return Err(wrong(why.to_owned()));
    }
    if file.expect.is_empty() || file.expect.len() > MOST {
        return Err(wrong(format!("expect: write between 1 and {MOST} expectations")));
    }
    if file.expect.iter().any(|one| matches!(one.question, Question::Ledger { .. })) {
        return Err(wrong("ledger: a lab that is running reads no files; give it to dicelab run".to_owned()));
    }
    let trace = about.trace_id.as_deref().map(str::parse::<TraceId>).transpose();
    let trace = trace.map_err(|error| wrong(format!("trace_id: {error}")))?;
    let within = about.within.as_deref().map(duration::parse).transpose();
    let within = within.map_err(|error| wrong(format!("within: {error}")))?.unwrap_or(PATIENCE).min(MOST_PATIENCE);
    if trace.is_some()
        && let Some(other) = file.expect.iter().find(|one| !one.question.is_of_traces())
    {
        return Err(wrong(format!("{}: only `logql` and `traceql` can be asked of one trace", other.name)));
    }
    let unreachable = |error: String| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error);
    let stack = asked::stack(lab.ports).map_err(|error| unreachable(error.to_string()))?;
    let whole = match trace {
        Some(trace) => {
            let waited = whole::wait(&stack, trace, within, stop).await;
            Some(waited.map_err(|error| unreachable(error.to_string()))?)
        }
        None => None,
    };
    let start_ns = about.start.map_or(lab.began_ns, |seconds| (seconds * 1e9) as i64);
    let now = now_ns();
    let scope = Scope { trace, ..Scope::of(start_ns.min(now), now) };
    let verdicts = judge::all(&stack, scope, &file.expect, stop).await;
    let passed = whole != Some(false) && verdicts.iter().all(|verdict| verdict.passed);
    Ok(Answer { passed, whole, verdicts })
}
