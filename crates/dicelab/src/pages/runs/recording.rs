//! What a running lab holds, as a file:
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /api/dicelab/export?start=NS&end=NS` | a run file with everything of that time; without a time, of all times; 400 if it is too much |
//! | `POST /api/dicelab/import`, body a run file | 200 with what was taken; 400 for what is no run file, 403 from elsewhere, 413, 503 or 507 without room |
//!
//! There is one export and one import at a time; another one is answered with 429 and when to come again.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use lab_dashboards::Library;
use lab_model::Interrupt;
use lab_recording::archive::{self, ArchiveError, Bounds};
use lab_recording::manifest::Manifest;
use serde::Deserialize;
use telemetry::problem::Problem;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::pages::steering::Steering;
use crate::parts::clock::now_ns;
use crate::parts::storage::recording::put::PutError;
use crate::parts::storage::recording::{file, put, take};
use crate::parts::storage::stores::Stores;

/// The longest file that is taken.
const LONGEST: usize = 256 << 20;

/// What the routes know.
#[derive(Clone)]
pub struct Recorder {
    pub stores: Stores,
    pub library: Arc<Library>,
    exports: Arc<Semaphore>,
    imports: Arc<Semaphore>,
}

impl Recorder {
    pub fn new(stores: Stores, library: Arc<Library>) -> Self {
        let one = || Arc::new(Semaphore::new(1));
        Self { stores, library, exports: one(), imports: one() }
    }
}

/// When to come again if another file is made or read at the moment.
const COME_AGAIN_SECONDS: u32 = 5;

/// The only place, or the answer that it is taken.
fn place(places: &Arc<Semaphore>, what: &str) -> Result<OwnedSemaphorePermit, Response> {
    places.clone().try_acquire_owned().map_err(|_| {
        let why = format!("another {what} is running, and there is one at a time; try again in {COME_AGAIN_SECONDS} s");
        let again = [(RETRY_AFTER, COME_AGAIN_SECONDS.to_string())];
        (again, Problem::new(StatusCode::TOO_MANY_REQUESTS, why)).into_response()
    })
}

/// Interrupts the work when nobody waits for it any more.
struct Waiting(Interrupt);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.set();
    }
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

async fn export(State(recorder): State<Recorder>, Query(asked): Query<Asked>) -> Result<Response, Response> {
    let (start, end) = (asked.start.unwrap_or(i64::MIN), asked.end.unwrap_or(i64::MAX));
    if start > end {
        let why = "the time ends before it begins: start is greater than end";
        return Err(Problem::new(StatusCode::BAD_REQUEST, why).into_response());
    }
    let place = place(&recorder.exports, "export")?;
    let waiting = Waiting(Interrupt::default());
    let interrupt = waiting.0.clone();
    let work = move || -> anyhow::Result<Vec<u8>> {
        // Until the work is done, even if nobody waits for it.
        let _place = place;
        let mut recording = take::take(&recorder.stores, (start, end), &interrupt)?;
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
    let written = blocking(work).await.map_err(IntoResponse::into_response)?.map_err(|error| {
        let is_too_much = error.downcast_ref::<take::TooMuch>().is_some();
        let status = if is_too_much { StatusCode::BAD_REQUEST } else { StatusCode::INTERNAL_SERVER_ERROR };
        Problem::new(status, format!("{error:#}")).into_response()
    })?;
    let headers = [(CONTENT_TYPE, "application/gzip"), (CONTENT_DISPOSITION, "attachment; filename=\"lab.dicelab\"")];
    Ok((headers, written).into_response())
}

async fn import(
    _: Steering,
    State(recorder): State<Recorder>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<put::Put>, Response> {
    let place = place(&recorder.imports, "import")?;
    let body = body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(error.status(), format!("the file is too large; the lab takes one of at most {LONGEST} bytes"))
        }
        status => Problem::new(status, error.body_text()),
    });
    let body = body.map_err(IntoResponse::into_response)?;
    let work = move || -> anyhow::Result<put::Put> {
        let _place = place;
        let recording = archive::read(&*body, Bounds::default())?;
        put::put(&recorder.stores, &recording, now_ns())
    };
    let put = blocking(work).await.map_err(IntoResponse::into_response)?;
    put.map(Json).map_err(|error| Problem::new(status_of(&error), format!("{error:#}")).into_response())
}

/// Whose fault it is that a file was not taken.
fn status_of(error: &anyhow::Error) -> StatusCode {
    if let Some(ArchiveError::TooLarge { .. }) = error.downcast_ref() {
        return StatusCode::PAYLOAD_TOO_LARGE;
    }
    match error.downcast_ref() {
        Some(PutError::TooLarge(_)) => StatusCode::PAYLOAD_TOO_LARGE,
        Some(PutError::NoRoom) => StatusCode::SERVICE_UNAVAILABLE,
        Some(PutError::Disk(_)) => StatusCode::INSUFFICIENT_STORAGE,
        None => StatusCode::BAD_REQUEST,
    }
}

/// On a thread that may block.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the file cannot be made or read: see the lab's log")
    })
}
