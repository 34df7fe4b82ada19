//! Finds the targets: those in the configuration, those in files of target groups (JSON or YAML), and those that the
//! [sources](source) said last, which a [`watch`] asks; all after relabelling.

mod dns;
mod docker;
mod http;
mod json;
pub(crate) mod source;
pub mod watch;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lab_model::Labels;
use lab_syntax::yaml;

use self::source::Source;
use self::watch::Watch;
use crate::http::percent::encode;
use crate::ingest::scrape::config::ScrapeConfig;
use crate::ingest::scrape::config::discovery::{Discovery, TargetGroup};
use crate::ingest::scrape::config::histograms::HistogramSettings;
use crate::ingest::scrape::config::job::JobConfig;
use crate::ingest::scrape::config::shown::secrets;
use crate::ingest::scrape::config::value::pattern::files;
use crate::ingest::scrape::endpoint::Endpoint;
use crate::ingest::scrape::relabel::relabel;
use crate::ingest::scrape::target::{Target, TargetKey};

/// How many targets of a job that relabelling dropped are remembered with their labels.
const SHOWN_DROPPED: usize = 1_000;
/// How labels begin that say what the first value of a parameter is.
const PARAMETER: &str = "__param_";

/// What was found.
#[derive(Debug, Default)]
pub struct Discovered {
    /// The targets, each once.
    pub targets: BTreeMap<TargetKey, Target>,
    /// Targets that relabelling dropped, by job.
    pub dropped: BTreeMap<String, usize>,
    /// Their labels before relabelling, secrets hidden, with their job; at most [`SHOWN_DROPPED`] of a job.
    pub dropped_labels: Vec<(String, BTreeMap<String, String>)>,
    /// Files and sources that cannot be read, targets that cannot be used, and why.
    pub problems: Vec<String>,
    /// Jobs with more targets than they may have, and the error of all their scrapes.
    pub over_limit: BTreeMap<String, String>,
}

/// Looks for the targets of all jobs, of which some are those that sources said last.
pub fn discover(config: &ScrapeConfig, watch: &Watch) -> Discovered {
    let mut found = Discovered::default();
    for job in &config.scrape_configs {
        let shared = Arc::new(job.clone());
        let (groups, problems) = groups(&job.discovery, watch);
        found.problems.extend(problems.into_iter().map(|problem| format!("job {:?}: {problem}", job.job_name)));
        found.dropped.insert(job.job_name.clone(), 0);
        let mut own = Vec::new();
        for (group, file) in &groups {
            for address in &group.targets {
                let discovered = discovered_labels(job, group, address, file.as_deref());
                match target(&shared, &discovered) {
                    Ok(Some(target)) => own.push(target),
                    Ok(None) => found.drop_one(job, &discovered),
                    Err(problem) => found.problems.push(format!("job {:?}: {problem}", job.job_name)),
                }
            }
        }
        if job.target_limit > 0 && own.len() > job.target_limit {
            let (number, limit) = (own.len(), job.target_limit);
            found.over_limit.insert(
                job.job_name.clone(),
                format!("target_limit exceeded (number of targets: {number}, limit: {limit})"),
            );
        }
        found.targets.extend(own.into_iter().map(|target| (target.key(), target)));
    }
    found
}

/// The sources that all jobs of a configuration have.
pub(crate) fn sources(config: &ScrapeConfig) -> Vec<Source> {
    config.scrape_configs.iter().flat_map(|job| Source::of(&job.discovery)).collect()
}

/// A group of targets, and the file that it stands in.
pub(crate) type Found = (TargetGroup, Option<PathBuf>);

/// The groups that are found now, and what is wrong with files and sources.
pub(crate) fn groups(discovery: &Discovery, watch: &Watch) -> (Vec<Found>, Vec<String>) {
    let mut found: Vec<Found> = discovery.fixed.iter().map(|group| (group.clone(), None)).collect();
    let mut problems = Vec::new();
    for path in discovery.files.iter().flat_map(|discovery| &discovery.files).flat_map(|pattern| files(pattern)) {
        match read(&path) {
            Ok(read) => found.extend(read.into_iter().map(|group| (group, Some(path.clone())))),
            Err(problem) => problems.push(format!("{}: {problem}", path.display())),
        }
    }
    for source in Source::of(discovery) {
        let said = watch.said(&source);
        if let Some(problem) = said.problem {
            let targets: usize = said.groups.iter().map(|group| group.targets.len()).sum();
            let (mechanism, shown) = (source.mechanism(), source.shown());
            problems.push(format!("{mechanism}_sd {shown:?}: {problem}; its {targets} earlier targets are kept"));
        }
        found.extend(said.groups.into_iter().map(|group| (group, None)));
    }
    (found, problems)
}

impl Discovered {
    /// Counts a target that relabelling has dropped.
    fn drop_one(&mut self, job: &JobConfig, labels: &BTreeMap<String, String>) {
        let dropped = self.dropped.entry(job.job_name.clone()).or_default();
        *dropped += 1;
        let limit = Some(job.keep_dropped_targets).filter(|limit| *limit > 0).unwrap_or(SHOWN_DROPPED);
        if *dropped <= limit.min(SHOWN_DROPPED) {
            self.dropped_labels.push((job.job_name.clone(), secrets::shown_labels(labels)));
        }
    }
}

/// A target from its labels; `None` if relabelling drops it.
fn target(job: &Arc<JobConfig>, discovered: &BTreeMap<String, String>) -> Result<Option<Target>, String> {
    let labels = Labels::from_pairs(discovered.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let Some(labels) = relabel(labels, &job.relabel_configs) else { return Ok(None) };
    let address = labels.get("__address__").unwrap_or_default();
    if address.is_empty() || address.contains(['/', ' ', '?', '#', '@']) {
        let shown = secrets::shown_url(address);
        return Err(format!(
            "{shown:?} is not a valid target address; write host:port, and a user and a password under basic_auth"
        ));
    }
    let scheme = labels.get("__scheme__").unwrap_or("http");
    let path = labels.get("__metrics_path__").unwrap_or("/metrics");
    let url = format!("{scheme}://{address}{path}{}", query(job, &labels));
    let (interval, timeout) = pace(&labels)?;
    let mut own = labels.filtered(|name| !name.starts_with("__")).to_builder();
    if own.get("instance").is_none() {
        own.set("instance", address);
    }
    HistogramSettings::check_label(|name| labels.get(name))?;
    let histograms = job.histograms.forms(|name| labels.get(name));
    let (job, discovered, labels) = (job.clone(), discovered.clone(), own.build());
    Ok(Some(Target::new(Endpoint { job, url, discovered, labels, histograms, interval, timeout })))
}

/// The parameters of requests by their names: those of the job, of each the first as its label says, if it has one.
fn query(job: &JobConfig, labels: &Labels) -> String {
    let mut parameters: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, values) in &job.params {
        parameters.insert(name, values.iter().map(String::as_str).collect());
    }
    for label in labels {
        if let Some(name) = label.name.strip_prefix(PARAMETER) {
            let values = parameters.entry(name).or_default();
            match values.first_mut() {
                Some(first) => *first = &label.value,
                None => values.push(&label.value),
            }
        }
    }
    let all = parameters.into_iter().flat_map(|(name, values)| values.into_iter().map(move |value| (name, value)));
    let written = all
        .enumerate()
        .map(|(at, (name, value))| format!("{}{}={}", if at == 0 { '?' } else { '&' }, encode(name), encode(value)));
    written.collect()
}

/// How often the target is scraped, and how long that may take; relabelling may have changed both.
fn pace(labels: &Labels) -> Result<(Duration, Duration), String> {
    let read = |name: &str, what: &str| {
        let text = labels.get(name).unwrap_or_default();
        let read = lab_model::duration::parse(text).map_err(|error| format!("error parsing {what}: {error}"))?;
        if read.is_zero() { Err(format!("{what} cannot be 0")) } else { Ok(read) }
    };
    let interval = read("__scrape_interval__", "scrape interval")?;
    let timeout = read("__scrape_timeout__", "scrape timeout")?;
    if timeout > interval {
        let shown = |length| lab_model::duration::format(length);
        let (timeout, interval) = (shown(timeout), shown(interval));
        return Err(format!("scrape timeout cannot be greater than scrape interval ({timeout:?} > {interval:?})"));
    }
    Ok((interval, timeout))
}

fn discovered_labels(
    job: &JobConfig,
    group: &TargetGroup,
    address: &str,
    file: Option<&Path>,
) -> BTreeMap<String, String> {
    let mut labels = group.labels.clone();
    // A label without a value is no label, so that the defaults take its place.
    labels.retain(|_, value| !value.is_empty());
    labels.insert("__address__".to_owned(), address.to_owned());
    for (name, value) in [
        ("job", job.job_name.clone()),
        ("__scheme__", job.scheme.as_str().to_owned()),
        ("__metrics_path__", job.metrics_path.clone()),
        ("__scrape_interval__", lab_model::duration::format(job.scrape_interval)),
        ("__scrape_timeout__", lab_model::duration::format(job.scrape_timeout)),
    ] {
        labels.entry(name.to_owned()).or_insert(value);
    }
    for (name, value) in job.histograms.labels() {
        labels.entry(name.to_owned()).or_insert(value);
    }
    for (name, values) in &job.params {
        if let Some(first) = values.first().filter(|first| !first.is_empty()) {
            labels.entry(format!("{PARAMETER}{name}")).or_insert_with(|| first.clone());
        }
    }
    if let Some(file) = file {
        labels.insert("__meta_filepath".to_owned(), file.display().to_string());
    }
    labels
}

/// The groups in a file, whose name says whether it is JSON.
fn read(path: &Path) -> Result<Vec<TargetGroup>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        return json::groups(text.as_bytes());
    }
    yaml::read(&text).map_err(|error| secrets::unquoted(&error.to_string()))
}
