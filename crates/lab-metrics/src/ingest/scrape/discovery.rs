//! Finds the targets: those in the configuration, and those in files of target groups (JSON or YAML),
//! after relabelling.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lab_model::Labels;

use crate::ingest::scrape::config::histograms::HistogramSettings;
use crate::ingest::scrape::config::pattern::files;
use crate::ingest::scrape::config::{FileDiscovery, JobConfig, ScrapeConfig, TargetGroup, secrets};
use crate::ingest::scrape::endpoint::Endpoint;
use crate::ingest::scrape::relabel::relabel;
use crate::ingest::scrape::target::{Target, TargetKey};

/// How many targets of a job that relabelling dropped are remembered with their labels.
const SHOWN_DROPPED: usize = 1_000;

/// What was found.
#[derive(Debug, Default)]
pub struct Discovered {
    /// The targets, each once.
    pub targets: BTreeMap<TargetKey, Target>,
    /// Targets that relabelling dropped, by job.
    pub dropped: BTreeMap<String, usize>,
    /// Their labels before relabelling, secrets hidden, with their job; at most [`SHOWN_DROPPED`] of a job.
    pub dropped_labels: Vec<(String, BTreeMap<String, String>)>,
    /// Files that cannot be read, targets that cannot be used, and why.
    pub problems: Vec<String>,
}

/// Looks for the targets of all jobs.
pub fn discover(config: &ScrapeConfig) -> Discovered {
    let mut found = Discovered::default();
    for job in &config.scrape_configs {
        let shared = Arc::new(job.clone());
        let (groups, problems) = groups(&job.static_configs, &job.file_sd_configs);
        found.problems.extend(problems);
        found.dropped.insert(job.job_name.clone(), 0);
        let mut targets = 0;
        for (group, file) in &groups {
            for address in &group.targets {
                let discovered = discovered_labels(job, group, address, file.as_deref());
                match target(&shared, &discovered) {
                    Ok(Some(_)) if job.target_limit > 0 && targets >= job.target_limit => {
                        found.problems.push(format!("job {:?}: more than {targets} targets", job.job_name));
                    }
                    Ok(Some(target)) => {
                        targets += 1;
                        found.targets.insert(target.key(), target);
                    }
                    Ok(None) => found.drop_one(&job.job_name, &discovered),
                    Err(problem) => found.problems.push(format!("job {:?}: {problem}", job.job_name)),
                }
            }
        }
    }
    found
}

/// A group of targets, and the file that it stands in.
pub(crate) type Found = (TargetGroup, Option<PathBuf>);

/// The groups that stand in the configuration and in files, and what is wrong with the files.
pub(crate) fn groups(fixed: &[TargetGroup], files_of: &[FileDiscovery]) -> (Vec<Found>, Vec<String>) {
    let (mut found, mut problems) = (fixed.iter().map(|group| (group.clone(), None)).collect::<Vec<_>>(), Vec::new());
    for path in files_of.iter().flat_map(|discovery| &discovery.files).flat_map(|pattern| files(pattern)) {
        match read(&path) {
            Ok(read) => found.extend(read.into_iter().map(|group| (group, Some(path.clone())))),
            Err(problem) => problems.push(format!("{}: {problem}", path.display())),
        }
    }
    (found, problems)
}

impl Discovered {
    /// Counts a target that relabelling has dropped.
    fn drop_one(&mut self, job: &str, labels: &BTreeMap<String, String>) {
        let dropped = self.dropped.entry(job.to_owned()).or_default();
        *dropped += 1;
        if *dropped <= SHOWN_DROPPED {
            self.dropped_labels.push((job.to_owned(), secrets::shown_labels(labels)));
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
    let mut url = format!("{scheme}://{address}{path}");
    let parameters = labels
        .iter()
        .filter_map(|label| label.name.strip_prefix("__param_").map(|name| (name.to_owned(), label.value.to_string())));
    let more = job
        .params
        .iter()
        .flat_map(|(name, values)| values.iter().skip(1).map(move |value| (name.clone(), value.clone())));
    for (at, (name, value)) in parameters.chain(more).enumerate() {
        url.push(if at == 0 { '?' } else { '&' });
        url.extend([&*encode(&name), "=", &*encode(&value)]);
    }
    let mut own = labels.filtered(|name| !name.starts_with("__")).to_builder();
    if own.get("instance").is_none() {
        own.set("instance", address);
    }
    HistogramSettings::check_label(|name| labels.get(name))?;
    let histograms = job.histograms.forms(|name| labels.get(name));
    let (job, discovered) = (job.clone(), discovered.clone());
    Ok(Some(Target::new(Endpoint { job, url, discovered, labels: own.build(), histograms })))
}

fn discovered_labels(
    job: &JobConfig,
    group: &TargetGroup,
    address: &str,
    file: Option<&Path>,
) -> BTreeMap<String, String> {
    let mut labels = group.labels.clone();
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
        if let Some(first) = values.first() {
            labels.entry(format!("__param_{name}")).or_insert_with(|| first.clone());
        }
    }
    if let Some(file) = file {
        labels.insert("__meta_filepath".to_owned(), file.display().to_string());
    }
    labels
}

/// JSON is YAML too.
fn read(path: &Path) -> Result<Vec<TargetGroup>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    serde_yaml_ng::from_str(&text).map_err(|error| secrets::unquoted(&error.to_string()))
}

/// Percent-encodes a parameter of the URL.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
