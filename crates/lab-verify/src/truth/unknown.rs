//! Why something is not known of the stack or of the traffic.
//!
//! The lab's own traffic is paused while verify looks, and so is that of a generator with a control address; that of anybody else
//! has to be stopped by who sends it, and the commands are named ([`STOP_OTHERS`]).

use crate::stack::endpoint::AskError;
use crate::stack::services::Service;
use crate::time::wait::Absent;
use crate::truth::asked::ledger;

/// What to do about requests that verify cannot pause.
const STOP_OTHERS: &str = "verify cannot pause them, so stop whoever sends them, or let `dicelab traffic` listen for orders with \
     --control and say where with --traffic-url (the traffic of the containers can be stopped with `docker compose -f \
     deploy/compose/compose.yaml stop traffic-generator`), and run verify again";

/// Why something is not known. Checks that need it are skipped, or fail, with this reason.
#[derive(Debug, thiserror::Error)]
pub enum Unknown {
    /// A server gave no usable answer.
    #[error(transparent)]
    Unanswered(#[from] AskError),
    /// It was waited for and did not come.
    #[error("{0}")]
    Absent(Absent),
    /// No ledger was given, and none was made.
    #[error("no ledger was given, so requests cannot be looked up")]
    NoLedger,
    /// The ledger has no entries.
    #[error("the ledger is empty")]
    EmptyLedger,
    /// Requests that are not ours do not end.
    #[error("requests of somebody else do not end: {requests} are still in flight after {waited} s; {STOP_OTHERS}")]
    InFlight {
        /// How long it was waited for, in seconds.
        waited: u64,
        requests: f64,
    },
    /// Requests that are not ours begin again and again.
    #[error("somebody else keeps sending requests: new ones still begin after {waited} s; {STOP_OTHERS}")]
    OthersBegin {
        /// How long it was waited for, in seconds.
        waited: u64,
    },
    /// Requests went on between two looks at the counters.
    #[error("somebody else sends requests, so the counters never stand still; {STOP_OTHERS}")]
    Busy,
    /// A service was never scraped before the first request, so what it had counted by then is unknown.
    #[error("{} was not scraped before the first request of the ledger", service.stage4())]
    NotScrapedBefore { service: Service },
    /// A service was not scraped after the last request.
    #[error("{} was not scraped within {within:.0} s after the last request of the ledger", service.stage4())]
    NotScrapedAfter { service: Service, within: f64 },
    /// No scrape after the last request found a service without requests in flight.
    #[error(
        "{requests} requests of {} were still in flight {within:.0} s after the last request of the ledger",
        service.stage4()
    )]
    StillInFlight {
        service: Service,
        /// How many at the last scrape.
        requests: f64,
        within: f64,
    },
    /// Requests that are not the ledger's were counted along with it.
    #[error("{} counted along with those of the ledger", others(*requests))]
    OthersCounted { requests: usize },
    /// More requests of others than can be told apart.
    #[error("log lines from the time of the ledger belong to more than {most} requests that are not in the ledger")]
    TooManyStrangers { most: usize },
    /// More lines of one nanosecond than one answer holds.
    #[error("more than {most} log lines, the most of one answer, have the same timestamp: {time_ns} ns since 1970")]
    TooManyLinesAtOnce {
        /// The limit of an answer.
        most: usize,
        /// Nanoseconds since the Unix epoch.
        time_ns: i64,
    },
    /// Nobody computes the service graph.
    #[error("there is no traces_service_graph_request_total, so nobody computes a service graph here")]
    NoServiceGraph,
    /// The service graph counts calls that are not known.
    #[error(
        "the service graph still grew when it should have been at rest, so it counts requests of somebody else, too"
    )]
    ServiceGraphGrows,
    /// The graph was not written shortly before the end of the ledger, so the calls that came after it cannot be told apart.
    #[error(
        "the service graph was not written within the last minute of the ledger's time, so its calls until then are unknown"
    )]
    ServiceGraphNotWritten,
    /// The metrics server does not tell the time.
    #[error("the metrics server gave no value for the query time()")]
    NoTime,
}

/// Why no traffic could be made.
#[derive(Debug, thiserror::Error)]
pub enum TrafficError {
    /// The frontend's address cannot be used.
    #[error("traffic can only be sent over plain HTTP: {0}")]
    Address(String),
    /// The ledger cannot be written.
    #[error(transparent)]
    Writing(#[from] lab_traffic::ledger::LedgerError),
    /// The ledger cannot be read back.
    #[error(transparent)]
    Reading(#[from] ledger::LedgerError),
}

impl From<Absent> for Unknown {
    fn from(absent: Absent) -> Self {
        Self::Absent(absent)
    }
}

fn others(requests: usize) -> String {
    if requests == 1 {
        "1 request of somebody else was".to_owned()
    } else {
        format!("{requests} requests of somebody else were")
    }
}
