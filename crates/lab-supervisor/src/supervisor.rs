//! All children together: started one by one, watched, stopped as a whole or one by one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Mutex;
use rustix::process::Signal;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::orders::{Order, OrderError};
use crate::output::{OutputCounts, OutputSink};
use crate::process::{Process, ProcessSpec, Request, Stops};
use crate::status::{ProcessState, ProcessStatus};

/// Requests that may wait for a process; more are refused.
const PENDING_REQUESTS: usize = 8;

/// Owns the children. Dropping it kills them; [`Supervisor::stop`] ends them in order.
pub struct Supervisor {
    sink: Arc<dyn OutputSink>,
    stops: Stops,
    processes: ProcessList,
    tasks: JoinSet<()>,
}

impl Supervisor {
    /// A supervisor without children, whose output goes to `sink`; it stops when `stop` is cancelled.
    pub fn new(sink: Arc<dyn OutputSink>, stop: &CancellationToken) -> Self {
        let stops = Stops { gentle: stop.child_token(), forced: CancellationToken::new() };
        Self { sink, stops, processes: ProcessList::default(), tasks: JoinSet::new() }
    }

    /// Starts a child, and again whenever it ends.
    pub fn start(&mut self, spec: ProcessSpec) -> ProcessHandle {
        let name: Arc<str> = Arc::from(spec.name.as_str());
        let counts = Arc::<OutputCounts>::default();
        let (status, status_seen) = watch::channel(ProcessStatus {
            name: spec.name.clone(),
            state: ProcessState::Running,
            pid: None,
            restarts: 0,
            last_exit: None,
            started_ms: None,
            stdout_bytes: 0,
            truncated_lines: 0,
        });
        let (ask, requests) = mpsc::channel(PENDING_REQUESTS);
        let stops = Stops { gentle: self.stops.gentle.child_token(), forced: self.stops.forced.child_token() };
        let handle = ProcessHandle { status: status_seen, requests: ask, counts: counts.clone(), stops: stops.clone() };
        self.tasks.spawn(Process { spec, name, sink: self.sink.clone(), counts, status, requests, stops }.run());
        self.processes.lock().push(handle.clone());
        handle
    }

    /// The children, those included that are started later.
    pub fn processes(&self) -> ProcessList {
        self.processes.clone()
    }

    /// Asks all children to end, waits until they have ended and their output is read to its end.
    ///
    /// Takes at most the longest grace time plus the time to read what is left. A call that is dropped
    /// half-way kills what is left.
    pub async fn stop(mut self) {
        self.stops.gentle.cancel();
        while self.tasks.join_next().await.is_some() {}
    }

    /// A token whose cancellation makes a running [`Supervisor::stop`] kill at once instead of waiting.
    pub fn force(&self) -> CancellationToken {
        self.stops.forced.clone()
    }
}

/// The children in the order of their start; a clone shares the list.
#[derive(Clone, Debug, Default)]
pub struct ProcessList(Arc<Mutex<Vec<ProcessHandle>>>);

impl ProcessList {
    /// What is known about each of them now.
    pub fn statuses(&self) -> Vec<ProcessStatus> {
        self.lock().iter().map(ProcessHandle::status).collect()
    }

    /// Ends a child and starts it again; `None` if there is none of this name, false if too many requests
    /// wait for it already.
    pub fn restart(&self, name: &str) -> Option<bool> {
        self.named(name).map(|one| one.restart())
    }

    /// Gives a child an order; see [`ProcessHandle::order`].
    pub async fn order(&self, name: &str, text: &str, within: Duration) -> Result<String, OrderError> {
        let named = self.named(name).ok_or(OrderError::Unknown)?;
        named.order(text, within).await
    }

    /// The child of this name.
    pub fn named(&self, name: &str) -> Option<ProcessHandle> {
        self.lock().iter().find(|one| one.status.borrow().name == name).cloned()
    }

    fn lock(&self) -> parking_lot::MutexGuard<'_, Vec<ProcessHandle>> {
        self.0.lock()
    }
}

/// One child, to be looked at and steered from anywhere.
#[derive(Clone, Debug)]
pub struct ProcessHandle {
    status: watch::Receiver<ProcessStatus>,
    requests: mpsc::Sender<Request>,
    counts: Arc<OutputCounts>,
    stops: Stops,
}

impl ProcessHandle {
    /// What is known about it now.
    pub fn status(&self) -> ProcessStatus {
        let mut status = self.status.borrow().clone();
        status.stdout_bytes = self.counts.stdout_bytes.load(Ordering::Relaxed);
        status.truncated_lines = self.counts.truncated_lines.load(Ordering::Relaxed);
        status
    }

    /// Waits until `wanted` holds for the status; `None` if the child has stopped for good without it.
    pub async fn wait_for(&self, wanted: impl FnMut(&ProcessStatus) -> bool) -> Option<ProcessStatus> {
        let mut status = self.status.clone();
        let found = status.wait_for(wanted).await.ok()?;
        Some(found.clone())
    }

    /// Ends it and starts it again at once; false if too many requests wait already.
    pub fn restart(&self) -> bool {
        self.requests.try_send(Request::Restart).is_ok()
    }

    /// Passes a signal on to its process group; false if too many requests wait already.
    pub fn signal(&self, signal: Signal) -> bool {
        self.requests.try_send(Request::Signal(signal)).is_ok()
    }

    /// Gives it an order, one line on its stdin, and waits for the answer for as long as `within` says.
    pub async fn order(&self, text: &str, within: Duration) -> Result<String, OrderError> {
        let (answer, answered) = oneshot::channel();
        let order = Request::Order(Order { text: text.to_owned(), answer });
        self.requests.try_send(order).map_err(|_| OrderError::NotListening)?;
        match tokio::time::timeout(within, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_ended)) => Err(OrderError::NotListening),
            Err(_late) => Err(OrderError::NoAnswer),
        }
    }

    /// Ends it for good and waits until it has ended and its output is read to its end.
    pub async fn stop(&self) {
        self.stops.gentle.cancel();
        self.wait_for(|status| status.state == ProcessState::Stopped).await;
    }
}
