//! What has arrived from whom within the last hour, as the stores tell it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::stack::Stack;
use crate::stack::loki::Line;
use crate::stack::sample::Sample;
use crate::stack::tempo::found::Found;
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
/// Stands for the time of what was refused before, where that is not told.
const LONG_AGO_MS: i64 = 0;
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
    /// When the last of them came, in milliseconds since the epoch; nothing where that is not told, and came lately.
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
    /// Lines that say anything of how their trace is sampled; not every way in can carry it.
    pub(crate) flagged: usize,
    /// By how much its clock differs from the others', as its traces show.
    pub(crate) skew: Option<String>,
}

impl Arrivals {
    /// Asks all stores. What one of them does not answer is missing here; the servers have paths of their own.
    pub(crate) async fn gather(stack: &Stack) -> Self {
        let now = stack.clock.nanoseconds();
        let range = (now - FAR_NS, now + FAR_NS);
        let status = stack.collector.status().await.unwrap_or_default();
        let (traces, spans_come) =
            that_count(traces(stack, range).await, |trace| trace.start_ns, now, comes(stack, "traces").await);
        let (lines, lines_come) =
            that_count(lines(stack, range).await, |line| line.time_ns, now, comes(stack, "logs").await);
        let mut arrivals = Self { receivers: receivers(&status), spans_come, lines_come, ..Self::default() };
        let mut ids = BTreeSet::new();
        for (service, found) in traces {
            let signals = arrivals.services.entry(service).or_default();
            signals.span = found.iter().map(|trace| trace.start_ns).max();
            signals.traces = found.len();
            signals.orphans = found.iter().filter(|trace| trace.root_service == WITHOUT_ROOT).count();
            ids.extend(found.into_iter().take(COMPARED).map(|trace| trace.trace_id));
        }
        arrivals.clocks(stack, ids).await;
        for (service, lines) in lines {
            let ids: Vec<&str> =
                lines.iter().filter_map(|line| line.labels.get("trace_id")).map(String::as_str).collect();
            let joined = joined(stack, &ids).await;
            let signals = arrivals.services.entry(service).or_default();
            signals.line = lines.iter().map(|line| line.time_ns).max();
            (signals.lines, signals.with_trace, signals.joined) = (lines.len(), ids.len(), joined);
            let is_sampled = |line: &&Line| line.labels.contains_key("trace_id") && is_sampled(line);
            signals.sampled = lines.iter().filter(is_sampled).count();
            signals.flagged = lines.iter().filter(|line| line.labels.contains_key("flags")).count();
        }
        arrivals.samples(stack).await;
        arrivals.refusals(&status);
        arrivals.tls(&status, &Earlier::counted(stack, &status, "dicelab_tls_on_plain_ports_total").await);
        arrivals.items(&status, &Earlier::counted(stack, &status, "dicelab_dropped_total").await);
        arrivals
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
    fn tls(&mut self, status: &Value, earlier: &Earlier) {
        let counts = status["tls_on_plain_ports"].as_object().into_iter().flatten();
        let counts = counts.filter_map(|(server, count)| Some((server.clone(), count.as_u64()?)));
        let counts = counts.filter(|(server, _)| WAYS_IN.contains(&server.as_str()));
        self.tls = counts.filter(|(server, count)| *count > earlier.of(&[("server", server)])).collect();
    }

    /// What the stores refused of requests that were taken, and times in another unit, by the lab's own status.
    fn items(&mut self, status: &Value, earlier: &Earlier) {
        for signal in status["signals"].as_array().into_iter().flatten() {
            let [name, unit] = ["name", "unit"].map(|field| signal[field].as_str().unwrap_or_default().to_owned());
            let reasons = signal["dropped"].as_object().into_iter().flatten();
            let counts =
                reasons.filter_map(|(reason, count)| Some((reason, count.as_u64().filter(|count| *count > 0)?)));
            // What was there already was not lost.
            let lost = counts.filter(|(reason, _)| *reason != "duplicate");
            for (reason, count) in lost {
                let before = earlier.of(&[("signal", &name), ("reason", reason)]).min(count);
                for (count, last_ms) in [(count - before, None), (before, Some(LONG_AGO_MS))] {
                    let items =
                        Refusal { server: String::new(), what: unit.clone(), reason: reason.clone(), count, last_ms };
                    self.refused.extend(Some(items).filter(|items| items.count > 0));
                }
            }
            self.other_units.extend(signal["other_unit"].as_str().map(|said| (name, said.to_owned())));
        }
    }
}

/// What a counter of the lab had counted ten minutes ago.
#[derive(Debug, Default)]
struct Earlier(Vec<Sample>);

impl Earlier {
    /// Nothing if the lab is younger: what the stores kept was counted by the one before it.
    async fn counted(stack: &Stack, status: &Value, counter: &str) -> Self {
        if status["uptime_seconds"].as_f64().is_some_and(|up| up < RECENT_S) {
            return Self::default();
        }
        let query = format!("{counter} offset {RECENT_S}s");
        Self(stack.prometheus.query(&query, None).await.unwrap_or_default())
    }

    /// The count with these labels; 0 if there was none.
    fn of(&self, labels: &[(&str, &str)]) -> u64 {
        let fits = |sample: &&Sample| labels.iter().all(|(name, value)| sample.label(name) == *value);
        self.0.iter().find(fits).map_or(0, |sample| sample.value as u64)
    }
}

/// Leaves out what is of earlier hours, unless such comes now: then its clock is wrong, which is said beside it. `comes` tells whether
/// anything comes now.
fn that_count<T>(
    all: Vec<(String, Vec<T>)>,
    time: impl Fn(&T) -> i64,
    now: i64,
    comes: bool,
) -> (Vec<(String, Vec<T>)>, bool) {
    let is_now = |one: &T| (now - time(one)).abs() <= RECENT_NS;
    let such_comes = comes && !all.iter().flat_map(|(_, items)| items).any(is_now);
    let of_service = |(service, mut items): (String, Vec<T>)| {
        items.retain(|one| such_comes || now - time(one) <= BACK_NS);
        (!items.is_empty()).then_some((service, items))
    };
    (all.into_iter().filter_map(of_service).collect(), such_comes)
}

/// The newest traces of each service.
async fn traces(stack: &Stack, (start, end): (i64, i64)) -> Vec<(String, Vec<Found>)> {
    let in_seconds = (start / 1_000_000_000, end / 1_000_000_000);
    let mut all = Vec::new();
    for service in traced_services(stack, in_seconds).await {
        let query = format!("{{ resource.service.name = {service:?} }}");
        let found = stack.tempo.search(&query, in_seconds, TRACES).await.unwrap_or_default();
        all.push((service, found));
    }
    all
}

/// The newest lines of each service.
async fn lines(stack: &Stack, range: (i64, i64)) -> Vec<(String, Vec<Line>)> {
    let mut all = Vec::new();
    let services = stack.loki.label_values("service_name", range).await.unwrap_or_default();
    for service in services.into_iter().take(MOST_SERVICES) {
        let query = format!("{{service_name={service:?}}}");
        let lines = stack.loki.newest(&query, range, LINES).await.unwrap_or_default();
        all.push((service, lines));
    }
    all
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
    fn what_is_of_earlier_hours_does_not_count_unless_such_comes_now() {
        const NOW: i64 = 1_790_000_000_000_000_000;
        const OLD: i64 = NOW - 2 * BACK_NS;
        let of = |services: &[(&str, &[i64])], comes| {
            let all = services.iter().map(|(name, times)| ((*name).to_owned(), times.to_vec())).collect();
            that_count(all, |time| *time, NOW, comes)
        };
        let shop = |times: &[i64]| vec![("shop".to_owned(), times.to_vec())];
        assert_eq!(of(&[("shop", &[OLD])], false), (Vec::new(), false));
        assert_eq!(of(&[("shop", &[OLD])], true), (shop(&[OLD]), true), "its clock is wrong");
        assert_eq!(of(&[("shop", &[NOW, OLD]), ("till", &[OLD])], true), (shop(&[NOW]), false));
        assert_eq!(of(&[("shop", &[NOW + 2 * BACK_NS, NOW - BACK_NS])], false).0.len(), 1);
    }

    #[test]
    fn tls_counts_if_it_was_spoken_lately() {
        let earlier = |count: f64| {
            Earlier(vec![Sample { labels: [("server".to_owned(), "OTLP gRPC".to_owned())].into(), value: count }])
        };
        let status = serde_json::json!({"tls_on_plain_ports": {"OTLP gRPC": 4, "dashboards": 7}});
        for (earlier, is_told) in [(Earlier::default(), true), (earlier(3.0), true), (earlier(4.0), false)] {
            let mut arrivals = Arrivals::default();
            arrivals.tls(&status, &earlier);
            let expected = is_told.then(|| ("OTLP gRPC".to_owned(), 4));
            assert_eq!(arrivals.tls, expected.into_iter().collect::<Vec<_>>(), "{earlier:?}");
        }
    }

    #[test]
    fn what_the_stores_refused_is_read_from_the_status() {
        let mut arrivals = Arrivals::default();
        let status = serde_json::json!({"signals": [
            {"name": "logs", "unit": "lines", "dropped": {"duplicate": 4, "too_far_in_future": 5, "line_too_long": 0},
             "other_unit": null},
            {"name": "traces", "unit": "spans", "dropped": {}, "other_unit": "5 looks like seconds"},
        ]});
        let earlier = |count: f64| {
            let labels = [("signal", "logs"), ("reason", "too_far_in_future")];
            let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            Earlier(vec![Sample { labels, value: count }])
        };
        for (earlier, expected) in [
            (Earlier::default(), &[(5, None)][..]),
            (earlier(3.0), &[(2, None), (3, Some(LONG_AGO_MS))]),
            (earlier(5.0), &[(5, Some(LONG_AGO_MS))]),
            (earlier(9.0), &[(5, Some(LONG_AGO_MS))]),
        ] {
            arrivals = Arrivals::default();
            arrivals.items(&status, &earlier);
            let counts: Vec<_> = arrivals.refused.iter().map(|one| (one.count, one.last_ms)).collect();
            assert_eq!(counts, expected, "{earlier:?}");
            let names = ("lines", "too_far_in_future");
            assert!(arrivals.refused.iter().all(|one| (&*one.what, &*one.reason) == names), "{arrivals:?}");
        }
        arrivals.refusals(&serde_json::json!({"refused": [
            {"server": "OTLP HTTP", "path": "/", "reason": "wrong_path", "count": 3, "last_ms": 17},
        ]}));
        let [refused] = &arrivals.refused[..] else { panic!("{arrivals:?}") };
        assert_eq!((&*refused.server, &*refused.what, refused.count, refused.last_ms), ("OTLP HTTP", "/", 3, Some(17)));
        assert_eq!(arrivals.other_units, [("traces".to_owned(), "5 looks like seconds".to_owned())]);
    }
}
