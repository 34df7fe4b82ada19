//! What a running lab holds, as a file:
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /api/dicelab/export?start=NS&end=NS` | a run file with everything of that time; without a time, of all times |
//! | `POST /api/dicelab/import`, body a run file | 200 with what was taken; 400 for what is no run file, 403 from elsewhere, 413 |

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use lab_dashboards::Library;
use lab_recording::archive::{self, Bounds};
use lab_recording::manifest::Manifest;
use serde::Deserialize;
use telemetry::problem::Problem;

use crate::pages::steering::Steering;
use crate::parts::clock::now_ns;
use crate::parts::storage::recording::{file, put, take};
use crate::parts::storage::stores::Stores;

/// The longest file that is taken.
const LONGEST: usize = 256 << 20;

/// What the routes know.
#[derive(Clone)]
pub struct Recorder {
    pub stores: Stores,
    pub library: Arc<Library>,
}

/// Of which time, in nanoseconds since the Unix epoch.
#[derive(Debug, Deserialize)]
struct Asked {
    start: Option<i64>,
    end: Option<i64>,
}

pub fn router(recorder: Recorder) -> Router {
    Router::new()
        .route("/api/dicelab/export", get(export))
        .route("/api/dicelab/import", post(import).layer(DefaultBodyLimit::max(LONGEST)))
        .with_state(recorder)
}

async fn export(State(recorder): State<Recorder>, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let (start, end) = (asked.start.unwrap_or(i64::MIN), asked.end.unwrap_or(i64::MAX));
    if start > end {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "the time ends before it begins: start is greater than end"));
    }
    let work = move || -> anyhow::Result<Vec<u8>> {
        let mut recording = take::take(&recorder.stores, (start, end))?;
        recording.dashboards = recorder.library.list().iter().map(|board| board.json.to_string()).collect();
        let now = now_ns();
        let first = take::first(&recorder.stores).unwrap_or(now);
        let (start_ns, end_ns) = (start.max(first).min(now), end.min(now).max(start.max(first).min(now)));
        let counts = recording.manifest.counts;
        recording.manifest =
            Manifest { start_ns, end_ns, counts, written_by: file::written_by(), ..Manifest::default() };
        let mut written = Vec::new();
        archive::write(&recording, &mut written)?;
        Ok(written)
    };
    let written =
        blocking(work).await?.map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")))?;
    let headers = [(CONTENT_TYPE, "application/gzip"), (CONTENT_DISPOSITION, "attachment; filename=\"lab.dicelab\"")];
    Ok((headers, written).into_response())
}

async fn import(
    _: Steering,
    State(recorder): State<Recorder>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<put::Put>, Problem> {
    let body = body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(error.status(), format!("the file is too large; the lab takes one of at most {LONGEST} bytes"))
        }
        status => Problem::new(status, error.body_text()),
    })?;
    let work = move || -> anyhow::Result<put::Put> {
        let recording = archive::read(&*body, Bounds::default())?;
        put::put(&recorder.stores, &recording, now_ns())
    };
    let put = blocking(work).await?;
    put.map(Json).map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("{error:#}")))
}

/// On a thread that may block.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the file cannot be made or read: see the lab's log")
    })
}
