//! What a run file says about where the run took place: enough to know whether two runs can be compared, and no secret.

use std::collections::BTreeMap;

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
}
