//! What every area of checks may use: the stack, the traffic whose truth is known, and what the stack has of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lab_traffic::ledger::Entry;
use tokio_util::sync::CancellationToken;

use crate::stack::Stack;
use crate::stack::services::Service;
use crate::time::machine::Probes;
use crate::time::wait::Bound;
use crate::truth::counters::{Counters, Growth};
use crate::truth::edges::Edges;
use crate::truth::found::lines::Lines;
use crate::truth::found::traces::Traces;
use crate::truth::unknown::{TrafficError, Unknown};

/// What all checks stand on. Whatever could not be learned holds the reason; a check that needs it is skipped with that reason.
#[derive(Debug)]
pub struct Context {
    /// Whom to ask.
    pub stack: Stack,
    /// What is known to have happened, in order of time; empty if traffic could not be made.
    pub ledger: Vec<Entry>,
    /// Whether the ledger is of traffic of our own, or why there is none.
    pub origin: Origin,
    /// What the trace store has of the ledger's requests.
    pub traces: Traces,
    /// What the log store has of the time of the ledger.
    pub lines: Result<Lines, Unknown>,
    /// What was counted.
    pub counted: Counted,
    /// Longest delay of a roll in seconds, as dice-roller itself says; `None` if it cannot be asked.
    pub max_delay: Option<f64>,
    /// How often the services are scraped.
    pub scrape_interval: Duration,
    /// Until when everything may still arrive that was on its way when gathering ended.
    pub arrival: Bound,
    /// How quickly the services answered while counters were read, and traffic of our own was made.
    pub probes: Probes,
    /// Fires when somebody wants an early end.
    pub stop: CancellationToken,
}

/// Where the ledger comes from.
#[derive(Debug)]
pub enum Origin {
    /// It was given, and is of earlier traffic.
    Given,
    /// We made traffic.
    Own,
    /// We could not.
    Failed(TrafficError),
}

/// Counters as they are stored.
#[derive(Debug, Clone)]
pub struct Counted {
    /// Over the life of the processes, with nothing in flight.
    pub life: Result<Counters, Arc<Unknown>>,
    /// The same as the services themselves show it, right before it was stored and right after.
    pub source: Result<(Counters, Counters), Arc<Unknown>>,
    /// Over the time of the ledger, if only its requests were counted.
    pub growth: Result<Growth, Arc<Unknown>>,
    /// The calls that the service graph counted over the time of the ledger.
    pub edges: Result<Edges, Arc<Unknown>>,
    /// The scrapes before and after it, by service; seconds since the Unix epoch.
    pub times: BTreeMap<Service, (f64, f64)>,
}
