//! What the handlers share: the store, the clock, the memory of queries, and how questions are run.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use lab_model::{Clock, Grant, Interrupt, MemoryPool};
use lab_traces::TraceStore;
use lab_traces::query::walk::WalkError;
use tokio::sync::Semaphore;

use crate::error::PlainError;

/// After this time what was found so far is answered.
const ENOUGH: Duration = Duration::from_secs(20);
/// How long it may take to answer what was found so far.
const REST: Duration = Duration::from_secs(10);
/// Questions that are answered at a time; others wait their turn.
const CONCURRENT: usize = 20;

/// The state of the router.
#[derive(Clone, Debug)]
pub struct TempoState {
    pub(crate) store: Arc<TraceStore>,
    pub(crate) clock: Clock,
    places: Arc<Semaphore>,
    memory: MemoryPool,
}

impl TempoState {
    /// The state over a store; `clock` tells what "now" means.
    pub fn new(store: Arc<TraceStore>, clock: Clock) -> Self {
        Self { store, clock, places: Arc::new(Semaphore::new(CONCURRENT)), memory: MemoryPool::default() }
    }

    /// Lets queries use the memory of this pool, which other queries use, too.
    #[must_use]
    pub fn with_memory(self, memory: MemoryPool) -> Self {
        Self { memory, ..self }
    }

    /// Asks the store on a blocking thread. After [`ENOUGH`], `enough` is set; when time is up, or this future is dropped
    /// because the client has gone, the question is interrupted.
    pub(crate) async fn run<T, E>(
        &self,
        enough: Interrupt,
        question: impl FnOnce(&TraceStore, &Grant) -> Result<T, E> + Send + 'static,
    ) -> Result<T, PlainError>
    where
        T: Send + 'static,
        E: Into<PlainError>,
    {
        let interrupt = Interrupt::default();
        let _stop = StopOnDrop(interrupt.clone());
        let (store, pool) = (Arc::clone(&self.store), self.memory.clone());
        let answer = async {
            let place = Arc::clone(&self.places).acquire_owned().await;
            let task = tokio::task::spawn_blocking(move || {
                let _place = place;
                let memory = pool.enter(&interrupt).map_err(WalkError::Memory)?;
                question(&store, &Grant { memory, interrupt }).map_err(Into::into)
            });
            task.await.unwrap_or_else(|failed| Err(PlainError::internal(format!("the query was stopped: {failed}"))))
        };
        let mut answer = pin!(answer);
        if let Ok(answer) = tokio::time::timeout(ENOUGH, &mut answer).await {
            return answer;
        }
        enough.set();
        let too_long = || {
            let seconds = (ENOUGH + REST).as_secs();
            Err(PlainError::timeout(format!("the query took longer than {seconds} s; ask for a shorter time range")))
        };
        tokio::time::timeout(REST, answer).await.unwrap_or_else(|_| too_long())
    }
}

struct StopOnDrop(Interrupt);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.set();
    }
}
