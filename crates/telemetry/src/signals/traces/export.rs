//! The export thread: takes batches of encoded spans and sends them until the backend has them.
//!
//! It has a thread and a runtime of its own, so that a backend which is slow, hangs or refuses takes nothing
//! from the service. A batch that cannot be sent now is tried again with growing pauses for as long as it
//! takes; meanwhile the queue fills to its bound and further spans are counted as dropped.

use std::io;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use tokio::sync::watch;

use super::encode::{self, Prefix};
use super::transport::{SendError, Transport};
use crate::signals::metrics::signal::SignalCounters;
use crate::signals::queue::{Batch, ByteQueue};

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// At the end, a batch that is not taken within this time has a backend that is not there, and nobody waits longer.
const LAST_TRY: Duration = Duration::from_millis(700);
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(30);

/// The running export thread.
#[derive(Debug)]
pub(crate) struct Exporter {
    queue: Arc<ByteQueue>,
    deadline: watch::Sender<Option<Instant>>,
    finished: mpsc::Receiver<()>,
    dropped: Counter,
}

struct Worker {
    queue: Arc<ByteQueue>,
    transport: Transport,
    prefix: Prefix,
    linger: Duration,
    deadline: watch::Receiver<Option<Instant>>,
    counters: SignalCounters,
}

impl Exporter {
    /// Starts the thread. `linger` is how long the first span of a batch waits for more.
    pub(crate) fn start(
        queue: Arc<ByteQueue>,
        transport: Transport,
        prefix: Prefix,
        linger: Duration,
        counters: SignalCounters,
    ) -> io::Result<Self> {
        let (done, finished) = mpsc::sync_channel(1);
        let (deadline, told_deadline) = watch::channel(None);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let worker = Worker {
            queue: queue.clone(),
            transport,
            prefix,
            linger,
            deadline: told_deadline,
            counters: counters.clone(),
        };
        thread::Builder::new().name("span-export".to_owned()).spawn(move || {
            worker.run(&runtime);
            // The other side may have stopped waiting.
            let _ = done.send(());
        })?;
        Ok(Self { queue, deadline, finished, dropped: counters.dropped })
    }

    /// Sends what is queued, for at most `grace`. Returns how many spans had to be given up.
    pub(crate) fn shutdown(self, grace: Duration) -> u64 {
        let before = self.dropped.get();
        self.deadline.send_replace(Some(Instant::now() + grace));
        self.queue.close();
        // The thread keeps the deadline itself; the margin is for it to say so.
        let _ = self.finished.recv_timeout(grace + Duration::from_millis(200));
        self.dropped.inc_by(self.queue.discard());
        self.dropped.get() - before
    }
}

impl Worker {
    fn run(self, runtime: &tokio::runtime::Runtime) {
        while let Some(batch) = self.queue.take(self.linger) {
            let rejected = runtime.block_on(async {
                tokio::select! {
                    rejected = self.deliver(&batch) => Some(rejected.min(batch.items)),
                    () = self.out_of_time() => None,
                }
            });
            let dropped = rejected.unwrap_or(batch.items);
            self.counters.exported.inc_by(batch.items - dropped);
            self.counters.dropped.inc_by(dropped);
            self.queue.release(batch.bytes.len());
            if rejected.is_none() {
                // What is still queued would fare no better; whoever shuts down counts it.
                return;
            }
        }
    }

    /// Ends when the backend has taken the batch or refuses it for good; returns how many spans it did not take.
    async fn deliver(&self, batch: &Batch) -> u64 {
        let mut pause = FIRST_PAUSE;
        let mut failures = 0_u32;
        loop {
            match self.transport.send(encode::request(&self.prefix, &batch.bytes)).await {
                Ok(rejected) => {
                    if failures > 0 {
                        tracing::info!(failures, "Span export resumed");
                    }
                    if rejected > 0 {
                        tracing::warn!(spans = rejected, "Spans rejected by the backend");
                    }
                    return rejected;
                }
                Err(SendError::Permanent(error)) => {
                    tracing::warn!(error, spans = batch.items, "Spans refused by the backend");
                    return batch.items;
                }
                Err(SendError::Retryable { reason, after }) => {
                    if failures == 0 {
                        tracing::warn!(error = reason, "Span export failed, trying again");
                    }
                    failures += 1;
                    let asked = after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
                    self.pause(pause.max(asked)).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Shorter when shutting down begins: the grace is for trying, not for waiting.
    async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = self.shutting_down() => tokio::time::sleep(FIRST_PAUSE).await,
        }
    }

    async fn out_of_time(&self) {
        let deadline = self.shutting_down().await;
        tokio::time::sleep_until(deadline.min(Instant::now() + LAST_TRY).into()).await;
    }

    async fn shutting_down(&self) -> Instant {
        match self.deadline.clone().wait_for(Option::is_some).await.map(|deadline| *deadline) {
            Ok(Some(deadline)) => deadline,
            // Dropped without a shutdown: nobody will say when to stop.
            _ => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests;
