//! The one thread that writes to standard output, in large blocks.

use std::io::{self, Write};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;

use crate::signals::metrics::signal::SignalCounters;
use crate::signals::queue::ByteQueue;

/// How long the first line of a block waits for more.
const LINGER: Duration = Duration::from_millis(10);

/// The running writer thread.
#[derive(Debug)]
pub(crate) struct LogWriter {
    queue: Arc<ByteQueue>,
    finished: mpsc::Receiver<()>,
    dropped: Counter,
}

impl LogWriter {
    /// Starts the thread. Lines that `out` takes are counted as exported, those it refuses as dropped.
    pub(crate) fn start(
        queue: Arc<ByteQueue>,
        mut out: Box<dyn Write + Send>,
        counters: SignalCounters,
    ) -> io::Result<Self> {
        let (done, finished) = mpsc::sync_channel(1);
        let (source, dropped) = (queue.clone(), counters.dropped.clone());
        thread::Builder::new().name("log-writer".to_owned()).spawn(move || {
            while let Some(batch) = source.take(LINGER) {
                let written = out.write_all(&batch.bytes).and_then(|()| out.flush());
                if written.is_ok() { &counters.exported } else { &counters.dropped }.inc_by(batch.items);
                source.release(batch.bytes.len());
            }
            // The other side may have stopped waiting.
            let _ = done.send(());
        })?;
        Ok(Self { queue, finished, dropped })
    }

    /// Writes what is queued, for at most `grace`. Returns how many lines had to be given up.
    pub(crate) fn shutdown(self, grace: Duration) -> u64 {
        let before = self.dropped.get();
        self.queue.close();
        // A reader that has stopped reading blocks the thread for good; then the rest is lost, and said to be.
        let _ = self.finished.recv_timeout(grace);
        self.dropped.inc_by(self.queue.discard());
        self.dropped.get() - before
    }
}

#[cfg(test)]
mod tests;
