//! What to scrape, and how: the `global` and `scrape_configs` sections of Prometheus' configuration file.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/>. `rule_files` are found
//! for who evaluates them; sections that concern other parts (`alerting`, `remote_write`, …) are let pass.
//! Inside a scrape configuration a key without effect here is noted, and one that nobody knows is an error, since what it asks
//! for would silently not happen ([`keys`]).

pub mod histograms;
pub mod http;
pub(crate) mod keys;
pub(crate) mod pattern;
pub mod protocol;
pub(crate) mod secrets;
mod size;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lab_model::duration;
use serde::{Deserialize, Deserializer};

use self::histograms::HistogramSettings;
use self::http::{Authorization, BasicAuth, HttpSettings, TlsConfig};
use self::protocol::{NameEscaping, NameValidation, ScrapeProtocol};
use crate::ingest::scrape::relabel::RelabelRule;

/// The parts of the file that concern scraping.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ScrapeConfig {
    /// The values of jobs that set none of their own.
    #[serde(default)]
    pub global: GlobalConfig,
    #[serde(default)]
    pub scrape_configs: Vec<JobConfig>,
    /// Files of rules; the last component may hold one `*`.
    #[serde(default)]
    pub rule_files: Vec<PathBuf>,
    /// The file as it may be shown, its secrets hidden.
    #[serde(skip)]
    pub source: String,
    /// Keys of the file that have no effect in the lab.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// The `global` section.
#[derive(Clone, Debug, Deserialize)]
pub struct GlobalConfig {
    /// Time between two scrapes of a target.
    #[serde(default = "default_interval", deserialize_with = "read_duration")]
    pub scrape_interval: Duration,
    /// How long a scrape may take.
    #[serde(default = "default_timeout", deserialize_with = "read_duration")]
    pub scrape_timeout: Duration,
    /// Time between two evaluations of rules.
    #[serde(default = "default_interval", deserialize_with = "read_duration")]
    pub evaluation_interval: Duration,
    /// The formats of jobs that name none.
    #[serde(default)]
    pub scrape_protocols: Vec<ScrapeProtocol>,
    /// How targets are to write other names, unless their job says something else.
    #[serde(default)]
    pub metric_name_escaping_scheme: Option<NameEscaping>,
    /// Which names are taken, unless their job says something else.
    #[serde(default)]
    pub metric_name_validation_scheme: NameValidation,
    /// The forms of histograms of jobs that name none.
    #[serde(flatten)]
    pub histograms: HistogramSettings,
    /// How long before the time of evaluation the queries of rules look, unless their group says something else.
    #[serde(default, deserialize_with = "read_duration")]
    pub rule_query_offset: Duration,
    /// Labels that everything gets which leaves this lab: federated samples, alerts, samples that are sent.
    #[serde(default)]
    pub external_labels: BTreeMap<String, String>,
}

impl Default for GlobalConfig {
    fn default() -> Self {
        let (scrape_interval, scrape_timeout) = (default_interval(), default_timeout());
        Self {
            scrape_interval,
            scrape_timeout,
            evaluation_interval: scrape_interval,
            rule_query_offset: Duration::ZERO,
            external_labels: BTreeMap::new(),
            scrape_protocols: Vec::new(),
            metric_name_escaping_scheme: None,
            metric_name_validation_scheme: NameValidation::default(),
            histograms: HistogramSettings::default(),
        }
    }
}

/// One of `scrape_configs`.
#[derive(Clone, Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are the file's")]
pub struct JobConfig {
    /// Value of the label `job`.
    pub job_name: String,
    /// Time between two scrapes; zero until the global value is filled in.
    #[serde(default, deserialize_with = "read_duration")]
    pub scrape_interval: Duration,
    /// How long a scrape may take; zero until the global value is filled in.
    #[serde(default, deserialize_with = "read_duration")]
    pub scrape_timeout: Duration,
    /// Path of the request.
    #[serde(default = "default_path")]
    pub metrics_path: String,
    /// `http` or `https`.
    #[serde(default)]
    pub scheme: Scheme,
    /// Parameters of the request.
    #[serde(default)]
    pub params: BTreeMap<String, Vec<String>>,
    /// If a sample and its target have a label of the same name, the sample keeps its value; otherwise the label of the
    /// sample is renamed to `exported_…`.
    #[serde(default)]
    pub honor_labels: bool,
    /// Timestamps in the answer count; otherwise all samples get the time of the scrape.
    #[serde(default = "yes")]
    pub honor_timestamps: bool,
    /// Samples with timestamps of their own become stale too when they vanish.
    #[serde(default)]
    pub track_timestamps_staleness: bool,
    /// User and password.
    #[serde(default)]
    pub basic_auth: Option<BasicAuth>,
    /// The header `Authorization`, if it is not made of user and password.
    #[serde(default)]
    pub authorization: Option<Authorization>,
    /// Which servers are trusted, and the certificate of the client.
    #[serde(default)]
    pub tls_config: Option<TlsConfig>,
    /// True if redirects are followed.
    #[serde(default = "yes")]
    pub follow_redirects: bool,
    /// Targets that are named in the configuration.
    #[serde(default)]
    pub static_configs: Vec<TargetGroup>,
    /// Files that name more targets.
    #[serde(default)]
    pub file_sd_configs: Vec<FileDiscovery>,
    /// Rules for the labels of targets.
    #[serde(default)]
    pub relabel_configs: Vec<RelabelRule>,
    /// Rules for the labels of samples.
    #[serde(default)]
    pub metric_relabel_configs: Vec<RelabelRule>,
    /// Most samples that a scrape may bring; 0 = no limit. Beyond it the scrape fails.
    #[serde(default)]
    pub sample_limit: usize,
    /// Most labels that a sample may have; 0 = no limit.
    #[serde(default)]
    pub label_limit: usize,
    /// Longest label name in bytes; 0 = no limit.
    #[serde(default)]
    pub label_name_length_limit: usize,
    /// Longest label value in bytes; 0 = no limit.
    #[serde(default)]
    pub label_value_length_limit: usize,
    /// Most targets after relabelling; 0 = no limit.
    #[serde(default)]
    pub target_limit: usize,
    /// Largest body in bytes, unpacked; 0 = no limit of the configuration's own.
    #[serde(default, deserialize_with = "size::read")]
    pub body_size_limit: u64,
    /// The formats to ask for; empty until the global value is filled in.
    #[serde(default)]
    pub scrape_protocols: Vec<ScrapeProtocol>,
    /// How a page is read whose `Content-Type` names no format.
    #[serde(default)]
    pub fallback_scrape_protocol: Option<ScrapeProtocol>,
    /// How the target is to write names with other characters than letters, digits and `_`.
    #[serde(default)]
    pub metric_name_escaping_scheme: Option<NameEscaping>,
    /// Which names are taken.
    #[serde(default)]
    pub metric_name_validation_scheme: Option<NameValidation>,
    /// In which forms histograms are scraped, and how fine they may be.
    #[serde(flatten)]
    pub histograms: HistogramSettings,
    /// The job as it stands in the file, its secrets hidden.
    #[serde(skip)]
    pub source: String,
}

impl JobConfig {
    /// A job of static targets (`host:port`) with defaults for everything else.
    pub fn with_targets<T: Into<String>>(job: impl Into<String>, targets: impl IntoIterator<Item = T>) -> Self {
        let targets = targets.into_iter().map(Into::into).collect();
        Self {
            job_name: job.into(),
            scrape_interval: Duration::ZERO,
            scrape_timeout: Duration::ZERO,
            metrics_path: default_path(),
            scheme: Scheme::default(),
            params: BTreeMap::new(),
            honor_labels: false,
            honor_timestamps: true,
            track_timestamps_staleness: false,
            basic_auth: None,
            authorization: None,
            tls_config: None,
            follow_redirects: true,
            static_configs: vec![TargetGroup { targets, labels: BTreeMap::new() }],
            file_sd_configs: Vec::new(),
            relabel_configs: Vec::new(),
            metric_relabel_configs: Vec::new(),
            sample_limit: 0,
            label_limit: 0,
            label_name_length_limit: 0,
            label_value_length_limit: 0,
            target_limit: 0,
            body_size_limit: 0,
            scrape_protocols: Vec::new(),
            fallback_scrape_protocol: None,
            metric_name_escaping_scheme: None,
            metric_name_validation_scheme: None,
            histograms: HistogramSettings::default(),
            source: String::new(),
        }
    }
}

impl JobConfig {
    /// How its requests connect.
    pub fn http(&self) -> HttpSettings {
        HttpSettings {
            basic_auth: self.basic_auth.clone(),
            authorization: self.authorization.clone(),
            tls_config: self.tls_config.clone(),
            follow_redirects: self.follow_redirects,
        }
    }

    /// Takes the global values for what the job does not say about formats and names.
    fn fill_protocols(&mut self, global: &GlobalConfig) {
        self.histograms.fill(&global.histograms);
        if self.scrape_protocols.is_empty() {
            let global = Some(&global.scrape_protocols).filter(|protocols| !protocols.is_empty());
            let is_native = self.histograms.scrape_native_histograms.unwrap_or_default();
            self.scrape_protocols = global.map_or_else(|| protocol::of_jobs(is_native), Clone::clone);
        }
        let validation = *self.metric_name_validation_scheme.get_or_insert(global.metric_name_validation_scheme);
        self.metric_name_escaping_scheme =
            self.metric_name_escaping_scheme.or(global.metric_name_escaping_scheme).or(Some(match validation {
                NameValidation::Utf8 => NameEscaping::AllowUtf8,
                NameValidation::Legacy => NameEscaping::Underscores,
            }));
    }
}

/// The protocol of a scrape.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    #[default]
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// As it stands in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// Targets that share labels; also the content of target files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetGroup {
    /// `host:port`, each a target.
    pub targets: Vec<String>,
    /// Labels of all of them.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// One of `file_sd_configs`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDiscovery {
    /// Paths; the last component may hold one `*`.
    pub files: Vec<PathBuf>,
    /// Accepted without effect, because the files are read every few seconds anyway.
    #[serde(default, deserialize_with = "read_duration")]
    pub refresh_interval: Duration,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not YAML, or has unexpected keys or types.
    #[error("{path}: {reason}")]
    Malformed {
        path: PathBuf,
        /// What the parser said, with line and column, and without the values that it quoted.
        reason: String,
    },
    /// A value is not allowed.
    #[error("{0}")]
    Invalid(String),
}

impl ConfigError {
    /// The text of a configuration file.
    pub(crate) fn text_of(path: &Path) -> Result<String, Self> {
        std::fs::read_to_string(path).map_err(|source| Self::Unreadable { path: path.to_owned(), source })
    }

    /// The text of the file at `path` is refused by its reader.
    pub(crate) fn malformed(path: &Path, error: &serde_yaml_ng::Error) -> Self {
        Self::Malformed { path: path.to_owned(), reason: secrets::unquoted(&error.to_string()) }
    }

    /// Something in the file at `path` is not allowed.
    pub(crate) fn invalid(path: &Path, reason: &str) -> Self {
        Self::Invalid(format!("{}: {reason}", path.display()))
    }
}

impl ScrapeConfig {
    /// Reads a file; paths in it are relative to its folder.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        Self::parse(&ConfigError::text_of(path)?, path)
    }

    /// Reads the text of a file; paths in it are relative to the folder of `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let mut config: Self = serde_yaml_ng::from_str(text).map_err(|error| ConfigError::malformed(path, &error))?;
        config.notes = keys::check(text).map_err(|reason| ConfigError::invalid(path, &reason))?;
        config.source = secrets::hidden(text);
        let sources = secrets::hidden_jobs(text);
        config.scrape_configs.iter_mut().zip(sources).for_each(|(job, source)| job.source = source);
        let folder = path.parent().unwrap_or(Path::new(""));
        for job in &mut config.scrape_configs {
            let own = http::files(job.basic_auth.as_mut(), job.authorization.as_mut(), job.tls_config.as_mut());
            let found = job.file_sd_configs.iter_mut().flat_map(|discovery| &mut discovery.files);
            own.chain(found).for_each(|file| *file = folder.join(&*file));
        }
        config.rule_files.iter_mut().for_each(|file| *file = folder.join(&*file));
        config.check()
    }

    /// The files of rules that are there now, sorted within each pattern; one without a `*` is named in any
    /// case, so that its absence can be told.
    pub fn rule_paths(&self) -> Vec<PathBuf> {
        self.rule_files.iter().flat_map(|pattern| pattern::files(pattern)).collect()
    }

    /// A configuration of these jobs.
    pub fn of_jobs(global: GlobalConfig, jobs: Vec<JobConfig>) -> Result<Self, ConfigError> {
        Self { global, scrape_configs: jobs, ..Self::default() }.check()
    }

    /// Fills in the global values and refuses values that are not allowed.
    fn check(mut self) -> Result<Self, ConfigError> {
        let refuse = |job: &JobConfig, reason: &str| {
            Err(ConfigError::Invalid(format!("scrape config {:?}: {reason}", job.job_name)))
        };
        if self.global.scrape_timeout > self.global.scrape_interval {
            self.global.scrape_timeout = self.global.scrape_interval;
        }
        let mut names = std::collections::BTreeSet::new();
        for job in &mut self.scrape_configs {
            if job.scrape_interval.is_zero() {
                job.scrape_interval = self.global.scrape_interval;
            }
            if job.scrape_timeout.is_zero() {
                job.scrape_timeout = self.global.scrape_timeout.min(job.scrape_interval);
            }
            job.fill_protocols(&self.global);
            if let Err(reason) = protocol::check(&job.scrape_protocols) {
                return refuse(job, reason);
            }
            if job.job_name.is_empty() {
                return refuse(job, "job_name is empty");
            }
            if !names.insert(job.job_name.clone()) {
                return refuse(job, "found multiple scrape configs with this job name");
            }
            if job.scrape_interval.is_zero() {
                return refuse(job, "scrape_interval must be above zero");
            }
            if job.scrape_timeout > job.scrape_interval {
                return refuse(job, "scrape timeout greater than scrape interval");
            }
            if !job.metrics_path.starts_with('/') {
                return refuse(job, "metrics_path must begin with a slash");
            }
            if let Err(reason) = job.http().check() {
                return refuse(job, reason);
            }
            let mut rules = job.relabel_configs.iter().chain(&job.metric_relabel_configs);
            if let Some(reason) = rules.find_map(|rule| rule.check().err()) {
                return refuse(job, &reason);
            }
        }
        Ok(self)
    }
}

fn default_interval() -> Duration {
    Duration::from_secs(60)
}

fn default_timeout() -> Duration {
    Duration::from_secs(10)
}

fn default_path() -> String {
    "/metrics".to_owned()
}

pub(crate) fn yes() -> bool {
    true
}

pub(crate) fn read_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    duration::parse(&text).map_err(serde::de::Error::custom)
}
