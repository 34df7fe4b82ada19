//! How the lab is, at one moment: gathered once, shown as JSON, as a page and as metrics.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lab_api::loki::manage::deletes::requests::Deletions;
use lab_api::loki::manage::ruler::posted::LogRules;
use lab_api::otlp::{receiver::OtlpReceiver, request};
use lab_logs::Reason;
use lab_metrics::ingest::scrape::scraper::Scraper;
use lab_metrics::ingest::scrape::target::TargetStatus;
use lab_metrics::rules::report::GroupCounts;
use lab_metrics::rules::ruler::Ruler;
use lab_storage::Wait;
use lab_supervisor::{ProcessList, ProcessStatus};
use lab_traces::Rejection;
use lab_verify::report::model::Summary;
use serde::Serialize;

use crate::parts::children::collector::{Collector, ContainerCounts};
use crate::parts::children::faults::{ActiveFault, FaultControl};
use crate::parts::children::traffic::{Traffic, TrafficControl};
use crate::parts::requests::RequestCounts;
use crate::parts::requests::refusals::Refused;
use crate::parts::status::account::Account;
use crate::parts::storage::last_report::LastReport;
use crate::parts::storage::recording::shown::ShownRun;
use crate::parts::storage::stores::Stores;
use crate::parts::targets::collection::counts::{Counts, FileCounts};
use crate::ports::Port;

/// What the status is gathered from.
#[derive(Clone)]
pub struct Sources {
    /// When the lab began.
    pub started: Instant,
    /// Where what can be reached.
    pub addresses: Vec<Address>,
    pub stores: Stores,
    pub collector: Arc<Collector>,
    /// What came from files that are followed.
    pub files: Counts,
    pub processes: ProcessList,
    /// What goes wrong on purpose.
    pub faults: FaultControl,
    /// The lab's own traffic.
    pub traffic: TrafficControl,
    pub scraper: Arc<Scraper>,
    pub ruler: Arc<Ruler>,
    /// The rules over log lines.
    pub log_rules: Arc<LogRules>,
    /// Log lines that are to be deleted.
    pub deletions: Arc<Deletions>,
    pub receiver: Arc<OtlpReceiver>,
    pub requests: RequestCounts,
    /// The last verification.
    pub last_report: LastReport,
    /// The run that is shown, if the lab was made to show one.
    pub shown: Option<ShownRun>,
}

/// Something that listens.
#[derive(Clone, Debug, Serialize)]
pub struct Address {
    /// What it is.
    pub what: &'static str,
    pub url: String,
}

/// The lab at one moment.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Version of the binary.
    pub version: &'static str,
    /// How long it has been running.
    #[serde(serialize_with = "as_seconds", rename = "uptime_seconds")]
    pub uptime: Duration,
    /// Where what can be reached.
    pub addresses: Vec<Address>,
    /// The supervised processes.
    pub processes: Vec<ProcessStatus>,
    /// What goes wrong on purpose.
    pub faults: Vec<ActiveFault>,
    /// The lab's own traffic.
    pub traffic: Traffic,
    /// The scrape targets.
    pub targets: Vec<Target>,
    /// Target files that cannot be read, and why.
    pub target_problems: Vec<String>,
    /// What has been read from each container.
    pub containers: BTreeMap<String, ContainerCounts>,
    /// What has been read from the files that are followed.
    pub files: FileCounts,
    /// What came and what is kept, by signal.
    pub signals: Vec<Signal>,
    /// Groups of rules, by name.
    pub rules: BTreeMap<String, RuleGroup>,
    pub requests: RequestCounts,
    /// What was sent and refused whole, by port, path and reason.
    pub refused: Vec<Refused>,
    /// Connections that began with TLS at a port that speaks none, by what listens there; only ports with some.
    pub tls_on_plain_ports: BTreeMap<&'static str, u64>,
    /// The run that is shown, if the lab was made to show one; it takes nothing in then.
    pub shown_run: Option<ShownRun>,
    /// What the last verification came to, if there was one; the whole is at `/api/v0/report`.
    pub verification: Option<Summary>,
}

/// What a group of rules has done since the start.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct RuleGroup {
    pub evaluations: u64,
    /// Of these, those that failed.
    pub failures: u64,
    /// Evaluations of the whole group that came too late.
    pub missed: u64,
}

/// A scrape target and how its last scrape went.
#[derive(Clone, Debug, Serialize)]
pub struct Target {
    pub job: String,
    /// Where it is.
    pub url: String,
    /// `up`, `down` or `unknown`.
    pub health: &'static str,
    /// When it was scraped last, in milliseconds since the epoch.
    pub last_scrape_ms: Option<i64>,
    /// How long that took, in seconds.
    pub last_duration_seconds: f64,
    /// Why it failed; empty if it did not.
    pub last_error: String,
}

/// One signal: what came in and what is kept of it. Units are samples, lines or spans.
#[derive(Clone, Debug, Serialize)]
pub struct Signal {
    /// `metrics`, `logs` or `traces`.
    pub name: &'static str,
    /// The unit that is counted.
    pub unit: &'static str,
    pub received: u64,
    /// Units that came by OTLP, of these.
    pub received_otlp: u64,
    /// OTLP requests refused whole, by reason.
    pub refused_requests: BTreeMap<&'static str, u64>,
    /// Units not kept, by reason.
    pub dropped: BTreeMap<&'static str, u64>,
    /// Units that are kept although their own time is more than ten minutes ahead of the clock.
    pub ahead: u64,
    /// What the last time in a unit other than the expected one looked like; none if there was no such time.
    pub other_unit: Option<String>,
    /// Units removed by age or size.
    pub evicted: u64,
    /// Bytes in memory.
    pub memory_bytes: u64,
    /// Bytes in the database.
    pub stored_bytes: u64,
    /// Bytes of the journal: what was acknowledged and is not in the database yet.
    pub journal_bytes: u64,
    /// Series or streams at present, where the signal has them.
    pub streams: Option<u64>,
    /// Time of the oldest unit, in milliseconds since the epoch.
    pub oldest_ms: Option<i64>,
    /// Why the last commit failed, until one succeeds.
    pub last_error: Option<String>,
    /// Places in the files that are damaged, as far as they are known; answers leave out what stood there.
    pub damaged_places: u64,
    /// The first hundred of them, in sentences.
    pub damage: Vec<String>,
    /// Where every unit that came is now; only [`Sources::audited`] asks, because what is kept is counted for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
}

impl Sources {
    /// Looks at everything.
    pub fn status(&self) -> Status {
        let targets = self.scraper.targets();
        Status {
            targets: targets.active.into_iter().map(Target::of).collect(),
            target_problems: targets.problems,
            version: env!("CARGO_PKG_VERSION"),
            uptime: self.started.elapsed(),
            addresses: self.addresses.clone(),
            processes: self.processes.statuses(),
            faults: self.faults.active(),
            traffic: self.traffic.state(),
            containers: self.collector.counts(),
            files: self.files.now(),
            signals: self.signals(),
            rules: self.rules(),
            requests: self.requests.clone(),
            refused: self.requests.refusals.told(),
            tls_on_plain_ports: self.requests.tls_without_all().filter(|(_, count)| *count > 0).map(by_name).collect(),
            shown_run: self.shown,
            verification: self.last_report.summary(),
        }
    }

    /// The same with the account of each signal, for which all that is kept is counted anew. A store whose tables cannot
    /// be read has none.
    pub fn audited(&self) -> Status {
        let mut status = self.status();
        for (signal, store) in status.signals.iter_mut().zip(self.stores.all()) {
            signal.account = store.balance().ok().map(Account::from);
        }
        status
    }

    fn signals(&self) -> Vec<Signal> {
        let mut signals = vec![self.metrics(), self.logs(), self.traces()];
        for (signal, store) in signals.iter_mut().zip(self.stores.all()) {
            let damage = store.damage();
            signal.damaged_places = damage.rows;
            signal.damage = damage.named.iter().map(ToString::to_string).collect();
            signal.journal_bytes = store.intake().bytes();
            signal.other_unit = store.account().other_unit();
        }
        signals
    }

    /// Groups of the same name in different files count together.
    fn rules(&self) -> BTreeMap<String, RuleGroup> {
        let mut groups: BTreeMap<String, RuleGroup> = BTreeMap::new();
        for group in self.ruler.report().into_iter().chain(self.log_rules.report()) {
            let sum = groups.entry(group.name).or_default();
            let GroupCounts { evaluations, failures, missed } = group.counts;
            sum.evaluations += evaluations;
            sum.failures += failures;
            sum.missed += missed;
        }
        groups
    }

    /// What came of a signal by OTLP over both transports, and the requests refused whole.
    fn by_otlp(&self, signal: request::Signal) -> (u64, BTreeMap<&'static str, u64>) {
        let (mut accepted, mut refused) = (0, BTreeMap::new());
        for (_, counts) in self.receiver.stats().into_iter().filter(|((of, _), _)| *of == signal) {
            accepted += counts.accepted;
            for (reason, count) in counts.refused_requests {
                *refused.entry(reason).or_default() += count;
            }
        }
        (accepted, refused)
    }

    fn metrics(&self) -> Signal {
        let stats = self.stores.metrics.stats();
        let mut dropped = stats.samples_refused;
        // Pushed samples that had to wait come again.
        dropped.retain(|reason, _| !Wait::REASONS.contains(reason));
        dropped.insert(Wait::USUAL.reason(), stats.samples_dropped);
        Signal {
            name: "metrics",
            unit: "samples",
            received: stats.samples_appended,
            dropped,
            received_otlp: self.by_otlp(request::Signal::Metrics).0,
            refused_requests: self.by_otlp(request::Signal::Metrics).1,
            ahead: 0,
            other_unit: None,
            evicted: stats.samples_evicted,
            memory_bytes: stats.resident_bytes as u64,
            stored_bytes: stats.disk_bytes,
            journal_bytes: 0,
            streams: Some(stats.series as u64),
            oldest_ms: stats.oldest,
            last_error: stats.last_error,
            damaged_places: 0,
            damage: Vec::new(),
            account: None,
        }
    }

    fn logs(&self) -> Signal {
        let stats = self.stores.logs.stats();
        let rejected = Reason::ALL.iter().zip(stats.rejected);
        let mut dropped: BTreeMap<_, _> = rejected.map(|(reason, count)| (reason.as_str(), count)).collect();
        dropped.insert(Wait::USUAL.reason(), stats.dropped);
        dropped.insert("duplicate", stats.duplicates);
        Signal {
            name: "logs",
            unit: "lines",
            received: stats.received,
            dropped,
            received_otlp: self.by_otlp(request::Signal::Logs).0,
            refused_requests: self.by_otlp(request::Signal::Logs).1,
            ahead: self.collector.counts().values().map(|counts| counts.ahead).sum(),
            other_unit: None,
            evicted: stats.evicted,
            memory_bytes: stats.memory_bytes,
            stored_bytes: stats.disk_bytes,
            journal_bytes: 0,
            streams: Some(stats.streams),
            oldest_ms: stats.oldest.map(|ns| ns / 1_000_000),
            last_error: stats.last_error,
            damaged_places: 0,
            damage: Vec::new(),
            account: None,
        }
    }

    fn traces(&self) -> Signal {
        let stats = self.stores.traces.stats();
        let rejected = Rejection::ALL.iter().map(|reason| (reason.as_str(), stats.received.rejected.of(*reason)));
        let dropped = rejected.collect();
        Signal {
            name: "traces",
            unit: "spans",
            received: stats.received.accepted + stats.received.repeated,
            dropped,
            received_otlp: self.by_otlp(request::Signal::Traces).0,
            refused_requests: self.by_otlp(request::Signal::Traces).1,
            ahead: stats.received.ahead,
            other_unit: None,
            evicted: stats.expired_spans + stats.evicted_spans,
            memory_bytes: stats.pending_bytes,
            stored_bytes: stats.stored_bytes,
            journal_bytes: 0,
            streams: None,
            oldest_ms: stats.oldest_ns.map(|ns| ns / 1_000_000),
            last_error: stats.last_error,
            damaged_places: 0,
            damage: Vec::new(),
            account: None,
        }
    }
}

fn by_name((port, count): (Port, u64)) -> (&'static str, u64) {
    (port.what(), count)
}

impl Target {
    fn of(status: TargetStatus) -> Self {
        Self {
            job: status.job,
            url: status.url,
            health: status.health.as_str(),
            last_scrape_ms: status.last_scrape,
            last_duration_seconds: status.last_duration.as_secs_f64(),
            last_error: status.last_error,
        }
    }
}

fn as_seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
