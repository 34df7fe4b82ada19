//! Frontend `/roll` end to end, everything observed, against a bare three-hop chain; and whether anything
//! observed was lost.

use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, sleep};

use crate::http::load::Load;
use crate::programs::bare_chain::BareChain;
use crate::programs::lab::{FRONTEND, Lab};

/// Spans and lines of one `/roll` through the frontend.
const SPANS_PER_ROLL: u64 = 5;
const LINES_PER_ROLL: u64 = 8;
/// How long what was observed may take to arrive.
const ARRIVAL_PATIENCE: Duration = Duration::from_secs(30);

/// What was found.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Chain {
    /// Rolls per second of the services.
    pub dicelab_per_second: f64,
    /// Requests per second of the bare chain.
    pub bare_per_second: f64,
    /// What became of the spans.
    pub spans: Arrival,
    /// What became of the log lines.
    pub lines: Arrival,
}

/// One signal's way from the services to the store.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Arrival {
    /// What the requests must have caused.
    pub expected: u64,
    /// What the services handed over.
    pub exported: u64,
    /// What the services dropped.
    pub dropped: u64,
    /// What the lab stored.
    pub stored: u64,
}

impl Arrival {
    /// Expected less stored; what else happens meanwhile (the list of dice) can only add.
    pub fn lost(self) -> u64 {
        self.expected.saturating_sub(self.stored).max(self.dropped)
    }
}

/// Takes turns with the bare chain, then waits for what was observed to arrive.
pub async fn measure(lab: &Lab, load: Load) -> anyhow::Result<Chain> {
    let bare = BareChain::start(3).await?;
    let url = lab.url(FRONTEND, "/roll?die=fair");
    let before = [observed(lab, Signal::Spans).await?, observed(lab, Signal::Lines).await?];
    let (theirs, ours) = load.in_turns(bare.url(), &url).await?;
    let arrival = async |signal, before: Arrival, per_roll| {
        let expected = ours.all * per_roll;
        let deadline = Instant::now() + ARRIVAL_PATIENCE;
        loop {
            let now = observed(lab, signal).await?;
            let arrival = Arrival {
                expected,
                exported: now.exported - before.exported,
                dropped: now.dropped - before.dropped,
                stored: now.stored - before.stored,
            };
            if arrival.stored >= expected || Instant::now() > deadline {
                return anyhow::Ok(arrival);
            }
            sleep(Duration::from_millis(200)).await;
        }
    };
    Ok(Chain {
        dicelab_per_second: ours.per_second(),
        bare_per_second: theirs.per_second(),
        spans: arrival(Signal::Spans, before[0], SPANS_PER_ROLL).await?,
        lines: arrival(Signal::Lines, before[1], LINES_PER_ROLL).await?,
    })
}

#[derive(Debug, Clone, Copy)]
enum Signal {
    Spans,
    Lines,
}

/// The counters of one signal as they stand; `expected` is nothing yet.
async fn observed(lab: &Lab, signal: Signal) -> anyhow::Result<Arrival> {
    let (handed_over, signal) = match signal {
        Signal::Spans => ("telemetry_spans_total", "signal=\"traces\""),
        Signal::Lines => ("telemetry_log_lines_total", "signal=\"logs\""),
    };
    Ok(Arrival {
        expected: 0,
        exported: lab.sum_over_services(handed_over, &["outcome=\"exported\""]).await? as u64,
        dropped: lab.sum_over_services(handed_over, &["outcome=\"dropped\""]).await? as u64,
        stored: lab.own_sum("dicelab_received_total", &[signal]).await? as u64,
    })
}
