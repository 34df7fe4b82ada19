//! What the handlers share: the store, the bounds of queries, and how queries are run.

use std::sync::Arc;
use std::time::Duration;

use lab_logs::LogStore;
use lab_logs::logql::error::QueryError;
use lab_logs::logql::limits::QueryLimits;
use lab_model::{Clock, Grant, Interrupt, MemoryPool};
use tokio::sync::Semaphore;

use crate::error::PlainError;
use crate::loki::error::{no_memory, stopped};
use crate::loki::manage::deletes::requests::Deletions;
use crate::loki::manage::level::LogLevel;
use crate::loki::manage::ruler::posted::LogRules;

/// Queries that run at a time; others wait their turn.
const PARALLEL_QUERIES: usize = 4;
/// Clients that follow new lines at a time; further ones are refused.
pub(crate) const MOST_TAILS: usize = 10;
/// How long a query may take, waiting included.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The state of the router.
#[derive(Clone, Debug)]
pub struct LokiState {
    /// Where the entries are.
    pub store: Arc<LogStore>,
    /// Tells what "now" means.
    pub(crate) clock: Clock,
    /// What one query may read and answer.
    pub limits: QueryLimits,
    /// How long a query may take.
    pub timeout: Duration,
    /// The rules that are evaluated, if any are.
    pub(crate) rules: Option<Arc<LogRules>>,
    /// The requests to delete lines, if they are taken.
    pub(crate) deletions: Option<Arc<Deletions>>,
    /// The level of the program's own log, if it can be changed.
    pub(crate) log_level: Option<Arc<LogLevel>>,
    memory: MemoryPool,
    permits: Arc<Semaphore>,
    pub(crate) tails: Arc<Semaphore>,
}

impl LokiState {
    /// The state over a store, with the default bounds.
    pub fn new(store: Arc<LogStore>, clock: Clock) -> Self {
        let permits = Arc::new(Semaphore::new(PARALLEL_QUERIES));
        let tails = Arc::new(Semaphore::new(MOST_TAILS));
        let (limits, memory) = (QueryLimits::default(), MemoryPool::default());
        let (rules, deletions, log_level) = (None, None, None);
        Self { store, clock, limits, timeout: TIMEOUT, rules, deletions, log_level, memory, permits, tails }
    }

    /// Lets queries use the memory of this pool, which other queries use, too.
    #[must_use]
    pub fn with_memory(self, memory: MemoryPool) -> Self {
        Self { memory, ..self }
    }

    /// Serves these rules.
    #[must_use]
    pub fn with_rules(self, rules: Arc<LogRules>) -> Self {
        Self { rules: Some(rules), ..self }
    }

    /// Takes requests to delete lines.
    #[must_use]
    pub fn with_deletions(self, deletions: Arc<Deletions>) -> Self {
        Self { deletions: Some(deletions), ..self }
    }

    /// Lets the level of the program's own log be changed.
    #[must_use]
    pub fn with_log_level(self, level: Arc<LogLevel>) -> Self {
        Self { log_level: Some(level), ..self }
    }

    /// Runs a query on a blocking thread. When time is up, or this future is dropped because the client has
    /// gone, the query is interrupted.
    pub(crate) async fn run<T, E>(
        &self,
        query: impl FnOnce(&LogStore, &QueryLimits, &Grant) -> Result<T, E> + Send + 'static,
    ) -> Result<T, PlainError>
    where
        T: Send + 'static,
        E: Into<PlainError>,
    {
        let interrupt = Interrupt::default();
        let _guard = InterruptOnDrop(interrupt.clone());
        let work = async {
            let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| stopped())?;
            let (store, limits, pool) = (Arc::clone(&self.store), self.limits, self.memory.clone());
            let task = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                let memory = pool.enter(&interrupt).map_err(no_memory)?;
                query(&store, &limits, &Grant { memory, interrupt }).map_err(Into::into)
            });
            task.await.map_err(|_| stopped())?
        };
        let in_time = tokio::time::timeout(self.timeout, work).await;
        in_time.unwrap_or_else(|_| Err(QueryError::Interrupted.into()))
    }
}

/// Stops a query that nobody waits for any more.
struct InterruptOnDrop(Interrupt);

impl Drop for InterruptOnDrop {
    fn drop(&mut self) {
        self.0.set();
    }
}
