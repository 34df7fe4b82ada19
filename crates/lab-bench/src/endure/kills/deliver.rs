//! Delivering batches of one signal until all are sent or somebody stops it.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;

use crate::endure::feed::sender::{Sender, Sent};
use crate::endure::feed::signal::Signal;
use crate::endure::feed::traces::Made;
use crate::endure::feed::{logs, metrics, traces};

/// The longest wait before a body is sent again that there was no room for.
const LONGEST_WAIT: Duration = Duration::from_millis(200);
/// Spans of a trace.
pub const SPANS: usize = 5;

/// The items of one signal in one round.
#[derive(Debug, Clone)]
pub enum Items {
    /// A line every microsecond from a time on, in nanoseconds since the Unix epoch.
    Lines { round: String, begin_ns: i64, texts: Arc<Vec<String>>, count: usize },
    /// Spans of traces whose ids follow one another.
    Spans { round: u128, begin_ns: i64, count: usize },
    /// A sample of each series at each of some times, in milliseconds since the Unix epoch.
    Samples { metric: &'static str, begin_ms: i64, steps: usize, series: usize },
}

/// Batches on their way, and what is known of the items.
#[derive(Debug)]
pub struct Delivery {
    pub items: Items,
    waiting: VecDeque<Range<usize>>,
    /// Items of which a batch was acknowledged.
    pub acknowledged: Vec<bool>,
    /// Items of which a batch was sent.
    pub sent: Vec<bool>,
    /// How many items were acknowledged, each time counted.
    pub delivered: u64,
    /// Answers that no body should get.
    pub refused: Vec<String>,
}

impl Items {
    pub fn signal(&self) -> Signal {
        match self {
            Self::Lines { .. } => Signal::Logs,
            Self::Spans { .. } => Signal::Traces,
            Self::Samples { .. } => Signal::Metrics,
        }
    }

    /// How many items.
    pub fn count(&self) -> usize {
        match self {
            Self::Lines { count, .. } | Self::Spans { count, .. } => *count,
            Self::Samples { steps, series, .. } => steps * series,
        }
    }

    /// The time of a line.
    pub fn time_ns(begin_ns: i64, at: usize) -> i64 {
        begin_ns + 1_000 * at as i64
    }

    /// The id of the trace that a span belongs to.
    pub fn trace(round: u128, at: usize) -> u128 {
        (round + 1) << 32 | (at / SPANS) as u128
    }

    /// The body that delivers some items; samples of one step only.
    fn body(&self, batch: Range<usize>) -> anyhow::Result<bytes::Bytes> {
        match self {
            Self::Lines { round, begin_ns, texts, .. } => {
                let line = |at: usize| (Self::time_ns(*begin_ns, at), texts[at % texts.len()].as_str());
                Ok(logs::push(&[("job", "killed"), ("round", round)], batch.map(line)))
            }
            Self::Spans { round, begin_ns, .. } => {
                let span = |at: usize| Made {
                    trace: Self::trace(*round, at),
                    span: at as u64 + 1,
                    start_ns: Self::time_ns(*begin_ns, at).unsigned_abs(),
                };
                Ok(traces::export("killed", batch.map(span)))
            }
            Self::Samples { metric, begin_ms, series, .. } => {
                let step = batch.start / series;
                let first = u32::try_from(batch.start % series)?;
                let time_ms = begin_ms + step as i64;
                metrics::write(metric, &[], first..first + u32::try_from(batch.len())?, time_ms)
            }
        }
    }
}

impl Delivery {
    /// Items that are to be delivered in these batches.
    pub fn new(items: Items, batches: Vec<Range<usize>>) -> Self {
        let count = items.count();
        let (acknowledged, sent) = (vec![false; count], vec![false; count]);
        Self { items, waiting: batches.into(), acknowledged, sent, delivered: 0, refused: Vec::new() }
    }

    /// Sends these batches again, whatever became of them before.
    pub fn again(&mut self, batches: Vec<Range<usize>>) {
        self.waiting = batches.into();
    }

    fn mark(&mut self, batch: &Range<usize>, is_kept: bool) {
        self.sent[batch.clone()].fill(true);
        if is_kept {
            self.acknowledged[batch.clone()].fill(true);
            self.delivered += batch.len() as u64;
        }
    }
}

/// Sends all batches by so many senders at once, or until `stop` is set; then what was not sent stays undone.
pub async fn deliver(
    delivery: Arc<Mutex<Delivery>>,
    senders: usize,
    port_offset: u16,
    stop: Arc<AtomicBool>,
) -> anyhow::Result<()> {
    let mut sending = JoinSet::new();
    for _ in 0..senders {
        sending.spawn(send_all(delivery.clone(), port_offset, stop.clone()));
    }
    while let Some(done) = sending.join_next().await {
        done??;
    }
    Ok(())
}

async fn send_all(delivery: Arc<Mutex<Delivery>>, port_offset: u16, stop: Arc<AtomicBool>) -> anyhow::Result<()> {
    let lock = || delivery.lock().unwrap_or_else(PoisonError::into_inner);
    let (items, mut sender) = {
        let delivery = lock();
        (delivery.items.clone(), Sender::new(delivery.items.signal(), port_offset))
    };
    loop {
        let Some(batch) = lock().waiting.pop_front() else { return Ok(()) };
        let body = items.body(batch.clone())?;
        loop {
            if stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            let sent = sender.send(body.clone()).await;
            match sent {
                Sent::Kept => lock().mark(&batch, true),
                Sent::Unknown => lock().mark(&batch, false),
                Sent::Refused(status, text) => lock().refused.push(format!("{status} {text}")),
                Sent::Busy(wait) => {
                    tokio::time::sleep(wait.min(LONGEST_WAIT)).await;
                    continue;
                }
            }
            break;
        }
    }
}
