//! What has arrived from whom within the last hour, as the stores tell it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::stack::Stack;
use crate::stack::loki::Line;
use crate::trace::clock::skews;

/// How far back arrivals are told.
const BACK_NS: i64 = 3_600_000_000_000;
/// How far back and ahead they are looked for: what comes now may be dated by a wrong clock.
const FAR_NS: i64 = 25 * BACK_NS;
/// Most services that are looked at one by one.
const MOST_SERVICES: usize = 30;
/// Traces of a service that are looked at.
const TRACES: usize = 50;
/// Lines of a service that are looked at.
const LINES: usize = 50;
/// What comes now is not dated longer ago, unless the clock of who sends it is wrong.
const RECENT_NS: i64 = 300_000_000_000;
/// Of each service so many of its newest traces are read, to compare clocks.
const COMPARED: usize = 5;
/// Where telemetry is sent to, as the lab calls its ports.
const WAYS_IN: [&str; 4] = ["OTLP gRPC", "OTLP HTTP", "metrics", "logs"];
/// What was longer ago, in seconds, is over.
const RECENT_S: f64 = 600.0;
/// What Tempo calls the service of a trace whose first span has not come.
const WITHOUT_ROOT: &str = "<root span not yet received>";

/// Everything that arrived.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    /// What came of each service, by its name.
    pub(crate) services: BTreeMap<String, Signals>,
    /// What was refused.
    pub(crate) refused: Vec<Refusal>,
    /// Connections that began with TLS at a port that speaks none: what listens there, and how many.
    pub(crate) tls: Vec<(String, u64)>,
    /// Whether spans or lines come now although none of any service is dated so.
    pub(crate) spans_come: bool,
    pub(crate) lines_come: bool,
    /// Times that look like another unit than the expected one: signal, and what was said of the last of them.
    pub(crate) other_units: Vec<(String, String)>,
    /// Targets that are scraped and do not answer: address and error.
    pub(crate) down: Vec<(String, String)>,
    /// The ports for OTLP by gRPC and by HTTP.
    pub(crate) receivers: Option<(String, String)>,
}

/// Requests of one kind, or items of requests that were taken, which did not get in.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// What listens where it was sent; empty for items of requests that were taken.
    pub(crate) server: String,
    /// The path that was asked for, or the unit of the items.
    pub(crate) what: String,
    pub(crate) reason: String,
    pub(crate) count: u64,
    /// When the last of them came, in milliseconds since the epoch; nothing where that is not told.
    pub(crate) last_ms: Option<i64>,
}

/// What arrived of a service; times are of the newest, in nanoseconds.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Signals {
    pub(crate) span: Option<i64>,
    pub(crate) line: Option<i64>,
    pub(crate) sample: Option<i64>,
    /// Traces among the newest, and how many of them lack their first span.
    pub(crate) traces: usize,
    pub(crate) orphans: usize,
    /// Lines among the newest, how many carry a trace's id, and how many of these traces are stored.
    pub(crate) lines: usize,
    pub(crate) with_trace: usize,
    pub(crate) joined: usize,
    /// Of the lines that carry a trace's id, those that say that the trace was sampled.
    pub(crate) sampled: usize,
    /// By how much its clock differs from the others', as its traces show.
    pub(crate) skew: Option<String>,
}

impl Arrivals {
    /// Asks all stores. What one of them does not answer is missing here; the servers have paths of their own.
    pub(crate) async fn gather(stack: &Stack) -> Self {
        let now = stack.clock.nanoseconds();
        let range = (now - FAR_NS, now + FAR_NS);
        let status = stack.collector.status().await.unwrap_or_default();
        let mut arrivals = Self { receivers: receivers(&status), ..Self::default() };
        let mut ids = BTreeSet::new();
        let in_seconds = (range.0 / 1_000_000_000, range.1 / 1_000_000_000);
        for service in traced_services(stack, in_seconds).await {
            let query = format!("{{ resource.service.name = {service:?} }}");
            let found = stack.tempo.search(&query, in_seconds, TRACES).await.unwrap_or_default();
            let signals = arrivals.services.entry(service).or_default();
            signals.span = found.iter().map(|trace| trace.start_ns).max();
            signals.traces = found.len();
            signals.orphans = found.iter().filter(|trace| trace.root_service == WITHOUT_ROOT).count();
            ids.extend(found.into_iter().take(COMPARED).map(|trace| trace.trace_id));
        }
        arrivals.clocks(stack, ids).await;
        let logged = stack.loki.label_values("service_name", range).await.unwrap_or_default();
        for service in logged.into_iter().take(MOST_SERVICES) {
            let query = format!("{{service_name={service:?}}}");
            let lines = stack.loki.newest(&query, range, LINES).await.unwrap_or_default();
            let ids: Vec<&str> =
                lines.iter().filter_map(|line| line.labels.get("trace_id")).map(String::as_str).collect();
            let joined = joined(stack, &ids).await;
            let signals = arrivals.services.entry(service).or_default();
            signals.line = lines.iter().map(|line| line.time_ns).max();
            (signals.lines, signals.with_trace, signals.joined) = (lines.len(), ids.len(), joined);
            let is_sampled = |line: &&Line| line.labels.contains_key("trace_id") && is_sampled(line);
            signals.sampled = lines.iter().filter(is_sampled).count();
        }
        arrivals.samples(stack).await;
        arrivals.refusals(&status);
        arrivals.tls(stack, &status).await;
        arrivals.items(&status);
        (arrivals.spans_come, arrivals.lines_come) = (comes(stack, "traces").await, comes(stack, "logs").await);
        arrivals.forget_the_past(now);
        arrivals
    }

    /// Leaves out what is of earlier hours; spans and lines of which such come now stay, for their clock is wrong.
    fn forget_the_past(&mut self, now: i64) {
        let is_now = |at: Option<i64>| at.is_some_and(|at| (now - at).abs() <= RECENT_NS);
        self.spans_come &= !self.services.values().any(|one| is_now(one.span));
        self.lines_come &= !self.services.values().any(|one| is_now(one.line));
        let (spans, lines) = (self.spans_come, self.lines_come);
        for signals in self.services.values_mut() {
            signals.span = signals.span.filter(|at| spans || now - at <= BACK_NS);
            signals.line = signals.line.filter(|at| lines || now - at <= BACK_NS);
        }
        self.services.retain(|_, one| one.span.is_some() || one.line.is_some() || one.sample.is_some());
    }

    /// Compares the clocks of the services that have spans in one trace.
    async fn clocks(&mut self, stack: &Stack, ids: BTreeSet<String>) {
        let mut traces = Vec::new();
        for id in ids {
            traces.push(stack.tempo.trace(&id).await.unwrap_or_default());
        }
        for skew in skews(traces.iter().map(Vec::as_slice)) {
            if let Some(signals) = self.services.get_mut(&skew.service) {
                signals.skew = Some(skew.describe());
            }
        }
    }

    /// When the newest samples of each job came, but for the lab's own.
    async fn samples(&mut self, stack: &Stack) {
        let named: Vec<String> = self.services.keys().cloned().collect();
        for name in ["target_info", "up"] {
            for sample in stack.prometheus.query(&newest_samples(name), None).await.unwrap_or_default() {
                let service = service_of(&named, sample.label("job")).to_owned();
                let newest = &mut self.services.entry(service).or_default().sample;
                *newest = (*newest).max(Some((sample.value * 1e9) as i64));
            }
        }
        for target in stack.prometheus.targets().await.unwrap_or_default() {
            if !target.last_error.is_empty() {
                self.down.push((target.scrape_url, target.last_error));
            }
        }
    }

    /// What the lab's own status tells of requests that were refused whole.
    fn refusals(&mut self, status: &Value) {
        let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
        let one = |one: &Value| Refusal {
            server: text(one, "server"),
            what: text(one, "path"),
            reason: text(one, "reason"),
            count: one["count"].as_u64().unwrap_or_default(),
            last_ms: one["last_ms"].as_i64(),
        };
        self.refused = status["refused"].as_array().into_iter().flatten().map(one).collect();
    }

    /// Connections that began with TLS where telemetry is taken and none is spoken, unless the last was long ago.
    async fn tls(&mut self, stack: &Stack, status: &Value) {
        let counts = status["tls_on_plain_ports"].as_object().into_iter().flatten();
        let counts = counts.filter_map(|(server, count)| Some((server.clone(), count.as_u64()?)));
        let counts: Vec<_> = counts.filter(|(server, _)| WAYS_IN.contains(&server.as_str())).collect();
        let is_young = status["uptime_seconds"].as_f64().is_some_and(|up| up < RECENT_S);
        for (server, count) in counts {
            let query = format!("increase(dicelab_tls_on_plain_ports_total{{server={server:?}}}[{RECENT_S}s]) > 0");
            if is_young || stack.prometheus.query(&query, None).await.is_ok_and(|grown| !grown.is_empty()) {
                self.tls.push((server, count));
            }
        }
    }

    /// What the stores refused of requests that were taken, and times in another unit, by the lab's own status.
    fn items(&mut self, status: &Value) {
        for signal in status["signals"].as_array().into_iter().flatten() {
            let [name, unit] = ["name", "unit"].map(|field| signal[field].as_str().unwrap_or_default().to_owned());
            let reasons = signal["dropped"].as_object().into_iter().flatten();
            let counts =
                reasons.filter_map(|(reason, count)| Some((reason, count.as_u64().filter(|count| *count > 0)?)));
            // What was there already was not lost.
            let lost = counts.filter(|(reason, _)| *reason != "duplicate");
            let items = |(reason, count): (&String, u64)| Refusal {
                what: unit.clone(),
                reason: reason.clone(),
                count,
                ..Refusal::default()
            };
            self.refused.extend(lost.map(items));
            self.other_units.extend(signal["other_unit"].as_str().map(|said| (name, said.to_owned())));
        }
    }
}

/// Whether something of a signal came within the last two minutes, by what the lab counts of itself.
async fn comes(stack: &Stack, signal: &str) -> bool {
    let query = format!("increase(dicelab_received_total{{signal={signal:?}}}[2m]) > 0");
    stack.prometheus.query(&query, None).await.is_ok_and(|grown| !grown.is_empty())
}

/// Whether the record of a line says that its trace is sampled, the lowest bit of the flags of the trace (W3C Trace Context).
fn is_sampled(line: &Line) -> bool {
    line.labels.get("flags").and_then(|flags| flags.parse::<u32>().ok()).is_some_and(|flags| flags & 1 == 1)
}

/// Asks when the newest sample of each job came. An instant query alone sees five minutes back, and would not see what has
/// ended before.
fn newest_samples(name: &str) -> String {
    let times = format!(r#"timestamp({name}{{job!="dicelab"}})"#);
    let back = BACK_NS / 1_000_000_000;
    format!("max by (job) ({times}) or max by (job) (max_over_time({times}[{back}s:15s]))")
}

/// The service that a job is of. Metrics by OTLP have the job `namespace/name`, and either part may hold a slash: a name that
/// other signals came under decides, the longest if several fit. Without one it is the whole job.
fn service_of<'a>(named: &'a [String], job: &'a str) -> &'a str {
    let fits = |name: &&str| {
        let before = job.strip_suffix(name);
        !name.is_empty() && before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    named.iter().map(String::as_str).filter(fits).max_by_key(|name| name.len()).unwrap_or(job)
}

/// The ports at which the lab takes OTLP, by its own status.
fn receivers(status: &Value) -> Option<(String, String)> {
    let addresses = status["addresses"].as_array()?;
    let port = |what: &str| {
        let url = addresses.iter().find(|one| one["what"] == what)?["url"].as_str()?;
        url.rsplit_once(':').map(|(_, port)| port.to_owned())
    };
    Some((port("OTLP gRPC")?, port("OTLP HTTP")?))
}

/// The services whose spans came.
async fn traced_services(stack: &Stack, (start, end): (i64, i64)) -> Vec<String> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default, rename = "tagValues")]
        values: Vec<TagValue>,
    }
    #[derive(Deserialize)]
    struct TagValue {
        value: String,
    }
    let (start, end) = (start.to_string(), end.to_string());
    let path = "/api/v2/search/tag/resource.service.name/values";
    let Ok(answer) = stack.tempo.get(path, &[("start", &start), ("end", &end)]).await else { return Vec::new() };
    let body: Option<Body> = answer.good().ok().and_then(|answer| answer.json().ok());
    body.into_iter().flat_map(|body| body.values).map(|one| one.value).take(MOST_SERVICES).collect()
}

/// How many of these traces are stored; each id is asked for once.
async fn joined(stack: &Stack, ids: &[&str]) -> usize {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for id in ids.iter().copied().collect::<BTreeSet<_>>() {
        if stack.tempo.trace(id).await.is_ok_and(|spans| !spans.is_empty()) {
            known.insert(id);
        }
    }
    ids.iter().filter(|id| known.contains(*id)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_of_the_service_that_other_signals_name() {
        for (names, job, expected) in [
            (&["shop"][..], "shop", "shop"),
            (&["shop"], "team/shop", "shop"),
            (&["shop", "team/shop"], "team/shop", "team/shop"),
            (&["team/shop"], "a/team/shop", "team/shop"),
            (&["shop"], "workshop", "workshop"),
            (&["other", ""], "team/shop", "team/shop"),
        ] {
            let named: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(service_of(&named, job), expected, "{job} beside {names:?}");
        }
    }

    #[test]
    fn samples_are_looked_for_beyond_the_lookback() {
        let times = r#"timestamp(up{job!="dicelab"})"#;
        let expected = format!("max by (job) ({times}) or max by (job) (max_over_time({times}[3600s:15s]))");
        assert_eq!(newest_samples("up"), expected);
    }

    #[test]
    fn what_is_of_earlier_hours_is_left_out_unless_such_comes_now() {
        const NOW: i64 = 1_790_000_000_000_000_000;
        let old = Signals { span: Some(NOW - 2 * BACK_NS), line: Some(NOW - 2 * BACK_NS), ..Signals::default() };
        let fresh = Signals { span: Some(NOW), ..Signals::default() };
        let with = |services: &[(&str, &Signals)], spans_come, lines_come| {
            let services = services.iter().map(|(name, signals)| ((*name).to_owned(), (*signals).clone())).collect();
            let mut arrivals = Arrivals { services, spans_come, lines_come, ..Arrivals::default() };
            arrivals.forget_the_past(NOW);
            arrivals
        };
        assert!(with(&[("shop", &old)], false, false).services.is_empty());
        let late = with(&[("shop", &old)], true, false);
        assert!(late.spans_come && late.services["shop"].span.is_some() && late.services["shop"].line.is_none());
        let beside = with(&[("shop", &old), ("till", &fresh)], true, false);
        assert!(!beside.spans_come && !beside.services.contains_key("shop"));
    }

    #[test]
    fn what_the_stores_refused_is_read_from_the_status() {
        let mut arrivals = Arrivals::default();
        arrivals.items(&serde_json::json!({"signals": [
            {"name": "logs", "unit": "lines", "dropped": {"duplicate": 4, "too_far_in_future": 2, "line_too_long": 0},
             "other_unit": null},
            {"name": "traces", "unit": "spans", "dropped": {}, "other_unit": "5 looks like seconds"},
        ]}));
        let refused = Refusal {
            what: "lines".to_owned(),
            reason: "too_far_in_future".to_owned(),
            count: 2,
            ..Refusal::default()
        };
        assert_eq!(arrivals.refused, [refused]);
        arrivals.refusals(&serde_json::json!({"refused": [
            {"server": "OTLP HTTP", "path": "/", "reason": "wrong_path", "count": 3, "last_ms": 17},
        ]}));
        let [refused] = &arrivals.refused[..] else { panic!("{arrivals:?}") };
        assert_eq!((&*refused.server, &*refused.what, refused.count, refused.last_ms), ("OTLP HTTP", "/", 3, Some(17)));
        assert_eq!(arrivals.other_units, [("traces".to_owned(), "5 looks like seconds".to_owned())]);
    }
}
