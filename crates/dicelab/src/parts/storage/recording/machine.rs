//! What a run file says about where the run took place: enough to know whether two runs can be compared, and no secret.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lab_recording::manifest::Machine;

/// The variables that are kept: how the program's telemetry was set up, and which build it was. Headers, endpoints and
/// resource attributes may hold secrets and are not among them.
const KEPT: [&str; 18] = [
    "CI",
    "GITHUB_REF_NAME",
    "GITHUB_REPOSITORY",
    "GITHUB_RUN_ATTEMPT",
    "GITHUB_RUN_ID",
    "GITHUB_SHA",
    "GITHUB_WORKFLOW",
    "GITLAB_CI",
    "LANG",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_LOGS_EXPORTER",
    "OTEL_METRICS_EXPORTER",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_PROPAGATORS",
    "OTEL_SERVICE_NAME",
    "OTEL_TRACES_EXPORTER",
    "RUST_LOG",
    "TZ",
];

/// What this process can tell about the machine that it runs on.
pub fn this() -> Machine {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    Machine {
        os: std::env::consts::OS.to_owned(),
        architecture: std::env::consts::ARCH.to_owned(),
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        model: model.map(|(_, model)| model.trim().to_owned()).unwrap_or_default(),
    }
}

/// How long programs of this machine have waited for a processor so far, as Linux tells it (pressure stall information).
#[derive(Clone, Copy, Debug)]
pub struct Pressure {
    at: Instant,
    waited: Option<Duration>,
}

impl Pressure {
    pub fn now() -> Self {
        let text = std::fs::read_to_string("/proc/pressure/cpu").unwrap_or_default();
        Self { at: Instant::now(), waited: total(&text) }
    }

    /// The part of the time from then until now in which some program waited.
    pub fn since(self) -> Option<f64> {
        let now = Self::now();
        let waited = now.waited?.saturating_sub(self.waited?);
        Some((waited.as_secs_f64() / (now.at - self.at).as_secs_f64().max(1e-9)).min(1.0))
    }
}

/// `some avg10=0.00 avg60=0.00 avg300=0.00 total=1234`, in microseconds.
fn total(text: &str) -> Option<Duration> {
    let some = text.lines().find(|line| line.starts_with("some "))?;
    let (_, total) = some.rsplit_once("total=")?;
    total.trim().parse().ok().map(Duration::from_micros)
}

/// The variables that are kept, of these.
pub fn kept(variables: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let is_kept = |(name, _): &(&String, &String)| KEPT.contains(&name.as_str());
    variables.iter().filter(is_kept).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_variables_of_the_list_are_kept() {
        let all = ["OTEL_SERVICE_NAME", "OTEL_EXPORTER_OTLP_HEADERS", "AWS_SECRET_ACCESS_KEY", "TZ"];
        let all = all.map(|name| (name.to_owned(), "x".to_owned())).into();
        assert_eq!(kept(&all).into_keys().collect::<Vec<_>>(), ["OTEL_SERVICE_NAME", "TZ"]);
        assert!(this().processors > 0);
    }

    #[test]
    fn waiting_is_read_from_what_linux_tells() {
        let text =
            "some avg10=1.00 avg60=2.00 avg300=3.00 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";
        assert_eq!(total(text), Some(Duration::from_millis(2500)));
        assert_eq!(total(""), None);
        assert!(Pressure::now().since().is_none_or(|part| (0.0..=1.0).contains(&part)));
    }
}
