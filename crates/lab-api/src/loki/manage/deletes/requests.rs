//! The requests: kept in one file, in force from the moment they came, processed when their time has come.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use lab_dashboards::{Shelf, ShelfError};
use lab_logs::LogStore;
use lab_logs::logql::error::QueryError;
use lab_logs::logql::plan::deletion;
use lab_logs::logql::syntax::ast::Query;
use lab_logs::logql::syntax::parser;
use lab_logs::store::select::mask::Mask;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// How long a request can be taken back, in ms. Loki waits for a day by default, which is as long as the lab keeps lines.
pub const CANCEL_PERIOD_MS: i64 = 5 * 60_000;
/// Requests that are kept, processed ones included.
const MOST_REQUESTS: usize = 500;
/// Requests that wait to be processed. Each of them is looked at by every query for lines of its time.
pub const MOST_WAITING: usize = 100;
/// Processed requests that are remembered for the list.
const MOST_PROCESSED: usize = 100;

/// A request. Times are in ms since the epoch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    pub id: String,
    pub query: String,
    /// The first time whose lines are meant.
    pub start: i64,
    /// The last one.
    pub end: i64,
    pub created: i64,
    pub is_processed: bool,
}

impl Request {
    fn mask(&self) -> Result<Mask, QueryError> {
        let Query::Logs(query) = parser::parse(&self.query)? else {
            return Err(QueryError::Invalid("invalid query expression".into()));
        };
        // A time of a millisecond means all of it.
        let range = (self.start.saturating_mul(1_000_000), self.end.saturating_mul(1_000_000).saturating_add(999_999));
        deletion::mask(&query, range)
    }
}

/// Why a request cannot be taken, or taken back.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    #[error("there is no such request")]
    Unknown,
    #[error("the request has been processed")]
    Processed,
    #[error("the request is too old to be taken back")]
    TooLate,
    #[error(
        "{MOST_WAITING} requests to delete lines wait to be processed, and there cannot be more; send this one again when some \
         of them are processed, or take some back"
    )]
    TooManyWaiting,
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error(transparent)]
    Shelf(#[from] ShelfError),
}

/// All requests, over the store whose lines they delete.
#[derive(Debug)]
pub struct Deletions {
    store: Arc<LogStore>,
    requests: Shelf<Request>,
    /// What the requests that are not processed hide, by their ids. Locked from reading the list until the store hides what it
    /// names: of two changes at the same time, the older list must not be the last one that the store is told.
    in_force: Mutex<HashMap<String, Arc<Mask>>>,
    /// The id of the request whose lines are being deleted at the moment.
    in_process: Mutex<Option<String>>,
    /// When they changed last, in ms since the epoch.
    generation: AtomicI64,
}

impl Deletions {
    /// Requests that are kept as long as the program runs.
    pub fn in_memory() -> Shelf<Request> {
        Shelf::in_memory("requests to delete lines", MOST_REQUESTS)
    }

    /// Requests that are kept in this directory.
    pub fn in_directory(directory: &Path) -> Result<Shelf<Request>, ShelfError> {
        Shelf::in_file("requests to delete lines", MOST_REQUESTS, directory.join("log-deletions.json"))
    }

    /// Puts the requests in force.
    pub fn new(store: Arc<LogStore>, requests: Shelf<Request>) -> Self {
        let (in_force, in_process, generation) = (Mutex::default(), Mutex::default(), AtomicI64::default());
        let deletions = Self { store, requests, in_force, in_process, generation };
        deletions.hide();
        deletions
    }

    pub(crate) fn list(&self) -> Vec<Request> {
        self.requests.list()
    }

    pub(crate) fn generation(&self) -> i64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Takes a request; answers its id.
    pub(crate) fn add(&self, query: &str, (start, end): (i64, i64), now: i64) -> Result<String, KeepError> {
        let new = |id: String| Request { id, query: query.to_owned(), start, end, created: now, is_processed: false };
        new(String::new()).mask()?;
        let id = self.requests.change(|all| {
            if all.iter().filter(|request| !request.is_processed).count() >= MOST_WAITING {
                return Err(KeepError::TooManyWaiting);
            }
            let numbers = 0..;
            let free = |id: &String| all.iter().all(|other| other.id != *id);
            let named = numbers.map(|number| id_of(query, (start, end), now, number)).find(free).unwrap_or_default();
            all.push(new(named.clone()));
            Ok(named)
        })??;
        self.changed(now);
        Ok(id)
    }

    /// Takes a request back.
    pub(crate) fn cancel(&self, id: &str, forced: bool, now: i64) -> Result<(), KeepError> {
        self.requests.change(|all| {
            let at = all.iter().position(|request| request.id == id).ok_or(KeepError::Unknown)?;
            // Judged where nobody else can change the request, and after its processing, if there is any, was noted.
            if all[at].is_processed || self.in_process.lock().as_deref() == Some(id) {
                return Err(KeepError::Processed);
            }
            if now > all[at].created + CANCEL_PERIOD_MS && !forced {
                return Err(KeepError::TooLate);
            }
            all.remove(at);
            Ok(())
        })??;
        self.changed(now);
        Ok(())
    }

    /// Deletes what is asked for by requests that nobody can take back any more; `now` is in ms since the epoch. What fails
    /// is tried again the next time.
    pub fn process(&self, now: i64) {
        let due = |request: &Request| !request.is_processed && now > request.created + CANCEL_PERIOD_MS;
        for request in self.list().into_iter().filter(due) {
            *self.in_process.lock() = Some(request.id.clone());
            // Somebody may have taken it back in the meantime; from here on nobody can.
            if !self.list().iter().any(|one| one.id == request.id) {
                continue;
            }
            match self.mask_of(&request).map(|mask| self.store.erase(&mask)) {
                Ok(Ok(true)) => self.processed(&request.id, now),
                Ok(Ok(false)) => {}
                Ok(Err(error)) => {
                    tracing::error!(%error, query = %request.query, "lines that were to be deleted could not be");
                }
                Err(error) => {
                    tracing::error!(%error, query = %request.query, "a request to delete lines cannot be read");
                }
            }
        }
        *self.in_process.lock() = None;
    }

    fn processed(&self, id: &str, now: i64) {
        let changed = self.requests.change(|all| {
            for request in all.iter_mut().filter(|request| request.id == id) {
                request.is_processed = true;
            }
            let mut surplus = all.iter().filter(|request| request.is_processed).count().saturating_sub(MOST_PROCESSED);
            all.retain(|request| {
                let goes = request.is_processed && surplus > 0;
                surplus -= usize::from(goes);
                !goes
            });
        });
        match changed {
            Ok(()) => self.changed(now),
            // The request stays in force, so that nothing comes back.
            Err(error) => tracing::error!(%error, "that a request to delete lines was processed cannot be kept"),
        }
    }

    fn changed(&self, now: i64) {
        self.generation.store(now, Ordering::Relaxed);
        self.hide();
    }

    /// Hides what the requests name that are not processed.
    fn hide(&self) {
        let mut in_force = self.in_force.lock();
        let waiting = self.list().into_iter().filter(|request| !request.is_processed);
        let compiled = waiting.filter_map(|request| {
            let known = in_force.remove(&request.id);
            Some((known.or_else(|| request.mask().ok().map(Arc::new))?, request.id))
        });
        let masks: HashMap<String, Arc<Mask>> = compiled.map(|(mask, id)| (id, mask)).collect();
        self.store.hide(masks.values().cloned().collect());
        *in_force = masks;
    }

    fn mask_of(&self, request: &Request) -> Result<Arc<Mask>, QueryError> {
        let known = self.in_force.lock().get(&request.id).cloned();
        known.map_or_else(|| request.mask().map(Arc::new), Ok)
    }
}

/// Eight hexadecimal digits from what a request says.
fn id_of(query: &str, range: (i64, i64), now: i64, number: u64) -> String {
    let text = format!("{query} {range:?} {now} {number}");
    format!("{:08x}", crc32c::crc32c(text.as_bytes()))
}
