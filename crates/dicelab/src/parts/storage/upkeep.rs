//! The stores' upkeep: a thread that commits every second, sooner where a buffer is half full, and clears away every
//! ten seconds, sooner where the files are too large.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use lab_storage::DamageReport;

use crate::parts::clock::now_ns;
use crate::parts::storage::check::Check;
use crate::parts::storage::stores::Stores;

const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// Orders that may wait; one of each kind is enough.
const ORDERS: usize = 4;
const RETAIN_EVERY: Duration = Duration::from_secs(10);

/// The running thread; [`Upkeep::finish`] commits once more and ends it.
pub struct Upkeep {
    orders: mpsc::SyncSender<Order>,
    thread: JoinHandle<()>,
    /// Runs beside it after an unclean end.
    check: Option<Check>,
}

/// What the thread is told before its second is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// A buffer is half full.
    Flush,
    /// The lab ends.
    Finish,
}

impl Upkeep {
    /// Starts the thread, and the check of what is stored where the lab before was killed.
    pub fn start(stores: Stores) -> std::io::Result<Self> {
        let check = stores.was_killed().then(|| Check::start(stores.clone())).transpose()?;
        let (orders, received) = mpsc::sync_channel(ORDERS);
        let wanted = orders.clone();
        stores.on_half_full(move || {
            // Where an order waits already, or nobody listens any more, another one is not needed.
            let _ = wanted.try_send(Order::Flush);
        });
        let thread = thread::Builder::new().name("upkeep".into()).spawn(move || run(&stores, &received))?;
        Ok(Self { orders, thread, check })
    }

    /// Commits what is left; blocks until it is on disk.
    pub fn finish(self) {
        if let Some(check) = self.check {
            check.stop();
        }
        let told = self.orders.send(Order::Finish);
        if told.is_err() || self.thread.join().is_err() {
            tracing::error!(
                "the thread that writes telemetry to the disk has panicked; what it had not written may be lost"
            );
        }
    }
}

fn run(stores: &Stores, orders: &mpsc::Receiver<Order>) {
    let (mut said, mut retained) = (Said::default(), Instant::now());
    loop {
        let order = orders.recv_timeout(FLUSH_EVERY);
        let mut errors = stores.flush(now_ns());
        if retained.elapsed() >= RETAIN_EVERY || stores.is_full() {
            errors.extend(stores.retain(now_ns()));
            retained = Instant::now();
        }
        said.errors(errors);
        said.damage(&stores.damage());
        if matches!(order, Ok(Order::Finish) | Err(RecvTimeoutError::Disconnected)) {
            return;
        }
    }
}

/// What has been logged already.
#[derive(Default)]
struct Said {
    failing: Vec<String>,
    damaged: [usize; 3],
}

impl Said {
    /// Logs an error when it begins and when it ends, not every second.
    fn errors(&mut self, errors: Vec<String>) {
        for error in errors.iter().filter(|error| !self.failing.contains(error)) {
            tracing::error!(
                error,
                "telemetry cannot be written; it waits in memory, and senders are told to wait once that is full"
            );
        }
        if errors.is_empty() && !self.failing.is_empty() {
            tracing::warn!("telemetry is written again");
        }
        self.failing = errors;
    }

    /// Logs each damaged row once.
    fn damage(&mut self, reports: &[DamageReport]) {
        for (said, report) in self.damaged.iter_mut().zip(reports) {
            for damage in &report.named[*said..] {
                tracing::error!(%damage, "stored telemetry is damaged");
            }
            *said = report.named.len();
        }
    }
}
