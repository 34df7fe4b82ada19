//! The lab's own metrics, encoded from its [`Status`] whenever they are scraped.
//!
//! | Name | Type | Labels |
//! |---|---|---|
//! | `dicelab_received_total` | counter | `signal`: units (samples, lines, spans) taken |
//! | `dicelab_dropped_total` | counter | `signal`, `reason`: units not kept |
//! | `dicelab_ahead_total` | counter | `signal`: units kept although their own time is more than ten minutes ahead |
//! | `dicelab_damaged_places_total` | counter | `signal`: damaged places found in the files since the start |
//! | `dicelab_evicted_total` | counter | `signal`: units removed by age or size |
//! | `dicelab_otlp_refused_requests_total` | counter | `signal`, `reason`: requests refused whole |
//! | `dicelab_memory_bytes`, `dicelab_stored_bytes` | gauge | `signal` |
//! | `dicelab_streams` | gauge | `signal`: series, streams |
//! | `dicelab_oldest_timestamp_seconds` | gauge | `signal` |
//! | `dicelab_store_failing` | gauge | `signal`: 1 while the last commit failed |
//! | `dicelab_process_up`, `dicelab_process_restarts_total` | gauge, counter | `process` |
//! | `dicelab_process_output_bytes_total` | counter | `process` |
//! | `dicelab_collected_lines_total`, `dicelab_undecoded_lines_total` | counter | `container` |
//! | `dicelab_files_followed` | gauge | log files that are open |
//! | `dicelab_files_left_out` | gauge | 1 while there are more log files than are followed at a time |
//! | `dicelab_file_lines_total` | counter | lines, or entries of several lines, read from files |
//! | `dicelab_file_lines_repaired_total` | counter | lines of files with bytes that are not UTF-8 |
//! | `dicelab_file_line_pieces_total` | counter | pieces of lines of files that were too long to be kept whole |
//! | `dicelab_files_packed_total` | counter | files that are compressed and therefore not read |
//! | `dicelab_rule_evaluations_total`, `dicelab_rule_evaluation_failures_total` | counter | `group` |
//! | `dicelab_rule_group_iterations_missed_total` | counter | `group`: evaluations that came too late |
//! | `dicelab_refused_pushes_total` | counter | `path`, `reason`: requests that brought telemetry and were refused whole |
//! | `dicelab_tls_on_plain_ports_total` | counter | `server`: connections that began with TLS where none is spoken |
//! | `dicelab_http_requests_total` | counter | `server`, `status` |
//! | `dicelab_http_request_seconds_total` | counter | `server` |

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use crate::parts::requests::RequestCounts;
use crate::parts::status::snapshot::{RuleGroup, Signal, Sources, Status};
use crate::parts::targets::collection::counts::FileCounts;

/// Encodes the status as metrics.
pub struct SelfMetrics(pub Sources);

impl fmt::Debug for SelfMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SelfMetrics")
    }
}

impl Collector for SelfMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let status = self.0.status();
        let mut out = Families { encoder: &mut encoder };
        let by_signal =
            |value: fn(&Signal) -> u64| status.signals.iter().map(move |one| ([("signal", one.name)], value(one)));
        out.counter("dicelab_received", "Samples, lines and spans taken", None, by_signal(|one| one.received))?;
        let dropped = status.signals.iter().flat_map(|signal| {
            signal.dropped.iter().map(|(reason, count)| ([("signal", signal.name), ("reason", *reason)], *count))
        });
        out.counter("dicelab_dropped", "Samples, lines and spans not kept", None, dropped)?;
        let ahead = by_signal(|one| one.ahead);
        out.counter("dicelab_ahead", "Lines and spans kept although their time is far ahead", None, ahead)?;
        let damaged = by_signal(|one| one.damaged_places);
        out.counter("dicelab_damaged_places", "Damaged places found in the files of a store", None, damaged)?;
        out.counter(
            "dicelab_evicted",
            "Samples, lines and spans removed by age or size",
            None,
            by_signal(|one| one.evicted),
        )?;
        out.gauge("dicelab_memory", "Telemetry in memory", Some(&Unit::Bytes), by_signal(|one| one.memory_bytes))?;
        out.gauge(
            "dicelab_stored",
            "Telemetry in the database",
            Some(&Unit::Bytes),
            by_signal(|one| one.stored_bytes),
        )?;
        let refused = status.signals.iter().flat_map(|signal| {
            let by_reason = signal.refused_requests.iter();
            by_reason.map(|(reason, count)| ([("signal", signal.name), ("reason", *reason)], *count))
        });
        out.counter("dicelab_otlp_refused_requests", "OTLP requests refused whole", None, refused)?;
        let streams = status.signals.iter().filter_map(|one| Some(([("signal", one.name)], one.streams?)));
        out.gauge("dicelab_streams", "Series of metrics and streams of logs", None, streams)?;
        let oldest = status.signals.iter().filter_map(|one| Some(([("signal", one.name)], one.oldest_ms?)));
        let oldest = oldest.map(|(labels, ms)| (labels, (ms / 1000).unsigned_abs()));
        out.gauge("dicelab_oldest_timestamp", "When the oldest telemetry is from", Some(&Unit::Seconds), oldest)?;
        let failing = by_signal(|one| u64::from(one.last_error.is_some()));
        out.gauge("dicelab_store_failing", "Whether the last commit failed", None, failing)?;

        let process = |name: fn(&lab_supervisor::ProcessStatus) -> u64| {
            status.processes.iter().map(move |one| ([("process", one.name.as_str())], name(one)))
        };
        out.gauge("dicelab_process_up", "Whether a process runs", None, process(|one| u64::from(one.pid.is_some())))?;
        out.counter("dicelab_process_restarts", "Restarts of a process", None, process(|one| one.restarts))?;
        let bytes = process(|one| one.stdout_bytes);
        out.counter("dicelab_process_output", "Output of a process", Some(&Unit::Bytes), bytes)?;
        let lines = status.containers.iter().map(|(name, counts)| ([("container", name.as_str())], counts.lines));
        out.counter("dicelab_collected_lines", "Log lines collected", None, lines)?;
        let undecoded =
            status.containers.iter().map(|(name, counts)| ([("container", name.as_str())], counts.undecoded));
        out.counter("dicelab_undecoded_lines", "Log lines that are no JSON with a timestamp", None, undecoded)?;

        files(status.files, &mut out)?;
        rules(&status, &mut out)?;
        requests(&status.requests, &mut out)
    }
}

/// What came from files.
fn files(counts: FileCounts, out: &mut Families<'_, '_>) -> Result<(), fmt::Error> {
    let one = |count: u64| std::iter::once(([], count));
    out.gauge("dicelab_files_followed", "Log files that are open", None, one(counts.followed))?;
    let left_out = "Whether there are more log files than are followed at a time";
    out.gauge("dicelab_files_left_out", left_out, None, one(u64::from(counts.leaves_out)))?;
    out.counter("dicelab_file_lines", "Lines read from files", None, one(counts.lines))?;
    let repaired = "Lines of files with bytes that are not UTF-8";
    out.counter("dicelab_file_lines_repaired", repaired, None, one(counts.repaired))?;
    let pieces = "Pieces of lines of files that were too long to be kept whole";
    out.counter("dicelab_file_line_pieces", pieces, None, one(counts.pieces))?;
    let packed = "Files that are compressed and therefore not read";
    out.counter("dicelab_files_packed", packed, None, one(counts.packed))
}

/// What the groups of rules have done.
fn rules(status: &Status, out: &mut Families<'_, '_>) -> Result<(), fmt::Error> {
    let groups = |value: fn(&RuleGroup) -> u64| {
        status.rules.iter().map(move |(name, group)| ([("group", name.as_str())], value(group)))
    };
    out.counter("dicelab_rule_evaluations", "Rules evaluated", None, groups(|one| one.evaluations))?;
    out.counter("dicelab_rule_evaluation_failures", "Rules that failed", None, groups(|one| one.failures))?;
    let missed = groups(|one| one.missed);
    out.counter("dicelab_rule_group_iterations_missed", "Evaluations of groups that came too late", None, missed)
}

/// What the ports were asked for.
fn requests(counts: &RequestCounts, out: &mut Families<'_, '_>) -> Result<(), fmt::Error> {
    let refusals = counts.refusals.all();
    let refusals = refusals.into_iter().map(|(path, reason, count)| ([("path", path), ("reason", reason)], count));
    out.counter("dicelab_refused_pushes", "Requests with telemetry that were refused whole", None, refusals)?;
    let tls = counts.tls_without_all().map(|(port, count)| ([("server", port.what())], count));
    out.counter("dicelab_tls_on_plain_ports", "Connections that began with TLS where none is spoken", None, tls)?;
    let requests = counts.by_class();
    let requests = requests.map(|one| ([("server", one.port.what()), ("status", one.class)], one.requests));
    out.counter("dicelab_http_requests", "Requests answered", None, requests)?;
    let seconds = counts.durations().map(|(port, spent)| ([("server", port.what())], spent.as_secs_f64()));
    out.counter("dicelab_http_request", "Time spent on answers", Some(&Unit::Seconds), seconds)
}

/// Writes families of metrics that exist only for this one scrape.
struct Families<'a, 'b> {
    encoder: &'a mut DescriptorEncoder<'b>,
}

impl Families<'_, '_> {
    fn counter<'l, const N: usize, V>(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        values: impl Iterator<Item = ([(&'l str, &'l str); N], V)>,
    ) -> fmt::Result
    where
        ConstCounter<V>: EncodeMetric,
    {
        self.family(name, help, unit, values.map(|(labels, value)| (labels, ConstCounter::new(value))))
    }

    fn gauge<'l, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        values: impl Iterator<Item = ([(&'l str, &'l str); N], u64)>,
    ) -> fmt::Result {
        let values = values.map(|(labels, value)| (labels, ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX))));
        self.family(name, help, unit, values)
    }

    fn family<'l, const N: usize, M: EncodeMetric>(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        values: impl Iterator<Item = ([(&'l str, &'l str); N], M)>,
    ) -> fmt::Result {
        let mut values = values.peekable();
        let Some((_, first)) = values.peek() else { return Ok(()) };
        let mut family = self.encoder.encode_descriptor(name, help, unit, first.metric_type())?;
        values.try_for_each(|(labels, value)| value.encode(family.encode_family(&labels)?))
    }
}
