//! What has arrived from whom within the last hour, as the stores tell it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::stack::Stack;

/// How far back arrivals are looked for.
const BACK_NS: i64 = 3_600_000_000_000;
/// Most services that are looked at one by one.
const MOST_SERVICES: usize = 30;
/// Traces of a service that are looked at.
const TRACES: usize = 50;
/// Lines of a service that are looked at.
const LINES: usize = 50;
/// What Tempo calls a trace whose first span has not come.
const WITHOUT_ROOT: &str = "<root span not yet received>";

/// Everything that arrived.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    /// What came of each service, by its name.
    pub(crate) services: BTreeMap<String, Signals>,
    /// What was refused: way in or unit, reason, how often.
    pub(crate) refused: Vec<(String, String, u64)>,
    /// Times that look like another unit than the expected one: signal, and what was said of the last of them.
    pub(crate) other_units: Vec<(String, String)>,
    /// Targets that are scraped and do not answer: address and error.
    pub(crate) down: Vec<(String, String)>,
    /// The ports for OTLP by gRPC and by HTTP.
    pub(crate) receivers: Option<(String, String)>,
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
}

impl Arrivals {
    /// Asks all stores. What one of them does not answer is missing here; the servers have paths of their own.
    pub(crate) async fn gather(stack: &Stack) -> Self {
        let now = stack.clock.nanoseconds();
        // What is ahead of this clock is looked for, too.
        let range = (now - BACK_NS, now + BACK_NS);
        let status = stack.collector.status().await.unwrap_or_default();
        let mut arrivals = Self { receivers: receivers(&status), ..Self::default() };
        let in_seconds = (range.0 / 1_000_000_000, range.1 / 1_000_000_000);
        for service in traced_services(stack, in_seconds).await {
            let query = format!("{{ resource.service.name = {service:?} }}");
            let found = stack.tempo.search(&query, in_seconds, TRACES).await.unwrap_or_default();
            let signals = arrivals.services.entry(service).or_default();
            signals.span = found.iter().map(|trace| trace.start_ns).max();
            signals.traces = found.len();
            signals.orphans = found.iter().filter(|trace| trace.root_name == WITHOUT_ROOT).count();
        }
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
        }
        arrivals.samples(stack).await;
        arrivals.refusals(stack).await;
        arrivals.items(&status);
        arrivals
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

    async fn refusals(&mut self, stack: &Stack) {
        let refused = stack.prometheus.query("dicelab_refused_pushes_total > 0", None).await.unwrap_or_default();
        let one = |sample: &crate::stack::sample::Sample| {
            (sample.label("path").to_owned(), sample.label("reason").to_owned(), sample.value as u64)
        };
        self.refused = refused.iter().map(one).collect();
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
            self.refused.extend(lost.map(|(reason, count)| (unit.clone(), reason.clone(), count)));
            self.other_units.extend(signal["other_unit"].as_str().map(|said| (name, said.to_owned())));
        }
    }
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
    fn what_the_stores_refused_is_read_from_the_status() {
        let mut arrivals = Arrivals::default();
        arrivals.items(&serde_json::json!({"signals": [
            {"name": "logs", "unit": "lines", "dropped": {"duplicate": 4, "too_far_in_future": 2, "line_too_long": 0},
             "other_unit": null},
            {"name": "traces", "unit": "spans", "dropped": {}, "other_unit": "5 looks like seconds"},
        ]}));
        assert_eq!(arrivals.refused, [("lines".to_owned(), "too_far_in_future".to_owned(), 2)]);
        assert_eq!(arrivals.other_units, [("traces".to_owned(), "5 looks like seconds".to_owned())]);
    }
}
