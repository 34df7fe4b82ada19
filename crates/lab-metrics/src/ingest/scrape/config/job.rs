//! The section `global`, and one of `scrape_configs`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::ingest::scrape::config::discovery::Discovery;
use crate::ingest::scrape::config::histograms::HistogramSettings;
use crate::ingest::scrape::config::http::HttpSettings;
use crate::ingest::scrape::config::keys::Rest;
use crate::ingest::scrape::config::protocol::{self, NameEscaping, NameValidation, ScrapeProtocol};
use crate::ingest::scrape::config::value::size::read_size;
use crate::ingest::scrape::config::value::{labels, or_empty, read_duration, yes};
use crate::ingest::scrape::relabel::RelabelRule;

/// The `global` section.
#[derive(Clone, Debug, Deserialize)]
pub struct GlobalConfig {
    /// Time between two scrapes of a target.
    #[serde(default = "default_interval", deserialize_with = "read_duration")]
    pub scrape_interval: Duration,
    /// How long a scrape may take; zero until it is filled in.
    #[serde(default, deserialize_with = "read_duration")]
    pub scrape_timeout: Duration,
    /// Time between two evaluations of rules.
    #[serde(default = "default_interval", deserialize_with = "read_duration")]
    pub evaluation_interval: Duration,
    /// The formats of jobs that name none.
    #[serde(default, deserialize_with = "protocol::read_list")]
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
    #[serde(default, deserialize_with = "labels")]
    pub external_labels: BTreeMap<String, String>,
    /// The limits of jobs that set none of their own.
    #[serde(default, deserialize_with = "read_size")]
    pub body_size_limit: u64,
    #[serde(default)]
    pub sample_limit: usize,
    #[serde(default)]
    pub target_limit: usize,
    #[serde(default)]
    pub label_limit: usize,
    #[serde(default)]
    pub label_name_length_limit: usize,
    #[serde(default)]
    pub label_value_length_limit: usize,
    #[serde(default)]
    pub keep_dropped_targets: usize,
    /// Keys that nobody in the lab reads.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Default for GlobalConfig {
    fn default() -> Self {
        let scrape_interval = default_interval();
        Self {
            scrape_interval,
            scrape_timeout: Duration::ZERO,
            evaluation_interval: scrape_interval,
            rule_query_offset: Duration::ZERO,
            external_labels: BTreeMap::new(),
            scrape_protocols: Vec::new(),
            metric_name_escaping_scheme: None,
            metric_name_validation_scheme: NameValidation::default(),
            histograms: HistogramSettings::default(),
            body_size_limit: 0,
            sample_limit: 0,
            target_limit: 0,
            label_limit: 0,
            label_name_length_limit: 0,
            label_value_length_limit: 0,
            keep_dropped_targets: 0,
            rest: Rest::default(),
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
    #[serde(default, deserialize_with = "or_empty")]
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
    /// Asks for compressed answers.
    #[serde(default = "yes")]
    pub enable_compression: bool,
    /// How its requests connect.
    #[serde(flatten)]
    pub http: HttpSettings,
    /// By what it finds its targets.
    #[serde(flatten)]
    pub discovery: Discovery,
    /// Rules for the labels of targets.
    #[serde(default, deserialize_with = "or_empty")]
    pub relabel_configs: Vec<RelabelRule>,
    /// Rules for the labels of samples.
    #[serde(default, deserialize_with = "or_empty")]
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
    /// Most targets after relabelling; 0 = no limit. Beyond it all of them are down.
    #[serde(default)]
    pub target_limit: usize,
    /// Most targets that are remembered after relabelling has dropped them; 0 = as many as a page can show.
    #[serde(default)]
    pub keep_dropped_targets: usize,
    /// Largest body in bytes, unpacked; 0 = no limit of the configuration's own.
    #[serde(default, deserialize_with = "read_size")]
    pub body_size_limit: u64,
    /// The formats to ask for; empty until the global value is filled in.
    #[serde(default, deserialize_with = "protocol::read_list")]
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
    /// The job as it was loaded, with defaults and without secrets.
    #[serde(skip)]
    pub source: String,
    /// Keys that nobody in the lab reads.
    #[serde(flatten)]
    pub rest: Rest,
}

impl GlobalConfig {
    /// Fills in what depends on other values, and refuses what contradicts itself. An interval of zero is none.
    pub(crate) fn fill(&mut self) -> Result<(), String> {
        for interval in [&mut self.scrape_interval, &mut self.evaluation_interval] {
            if interval.is_zero() {
                *interval = default_interval();
            }
        }
        if self.scrape_timeout > self.scrape_interval {
            return Err("scrape_timeout is greater than scrape_interval".to_owned());
        }
        if self.scrape_timeout.is_zero() {
            self.scrape_timeout = default_timeout().min(self.scrape_interval);
        }
        Ok(())
    }
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
            enable_compression: true,
            http: HttpSettings::default(),
            discovery: Discovery::of_targets(targets),
            relabel_configs: Vec::new(),
            metric_relabel_configs: Vec::new(),
            sample_limit: 0,
            label_limit: 0,
            label_name_length_limit: 0,
            label_value_length_limit: 0,
            target_limit: 0,
            keep_dropped_targets: 0,
            body_size_limit: 0,
            scrape_protocols: Vec::new(),
            fallback_scrape_protocol: None,
            metric_name_escaping_scheme: None,
            metric_name_validation_scheme: None,
            histograms: HistogramSettings::default(),
            source: String::new(),
            rest: Rest::default(),
        }
    }
}

impl JobConfig {
    /// The paths of files, which are made relative to the folder of the configuration.
    pub(crate) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.http.files().chain(self.discovery.paths())
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

    /// Takes the global values for what the job does not say.
    pub(crate) fn fill(&mut self, global: &GlobalConfig) {
        if self.scrape_interval.is_zero() {
            self.scrape_interval = global.scrape_interval;
        }
        if self.scrape_timeout.is_zero() {
            self.scrape_timeout = global.scrape_timeout.min(self.scrape_interval);
        }
        for (own, all) in [
            (&mut self.sample_limit, global.sample_limit),
            (&mut self.target_limit, global.target_limit),
            (&mut self.label_limit, global.label_limit),
            (&mut self.label_name_length_limit, global.label_name_length_limit),
            (&mut self.label_value_length_limit, global.label_value_length_limit),
            (&mut self.keep_dropped_targets, global.keep_dropped_targets),
        ] {
            if *own == 0 {
                *own = all;
            }
        }
        if self.body_size_limit == 0 {
            self.body_size_limit = global.body_size_limit;
        }
        self.fill_protocols(global);
    }

    /// Refuses values that are not allowed.
    pub(crate) fn check(&self) -> Result<(), String> {
        let refuse = |reason: &str| Err(reason.to_owned());
        protocol::check(&self.scrape_protocols)?;
        if self.job_name.is_empty() {
            return refuse("job_name is empty");
        }
        if self.scrape_interval.is_zero() {
            return refuse("scrape_interval must be above zero");
        }
        if self.scrape_timeout > self.scrape_interval {
            return refuse("scrape timeout greater than scrape interval");
        }
        if !self.metrics_path.starts_with('/') {
            return refuse("metrics_path must begin with a slash");
        }
        let names = self.metric_name_validation_scheme.unwrap_or_default();
        if names == NameValidation::Legacy && self.metric_name_escaping_scheme == Some(NameEscaping::AllowUtf8) {
            return refuse("metric_name_escaping_scheme allow-utf-8 needs metric_name_validation_scheme utf8");
        }
        self.http.check()?;
        self.relabel_configs.iter().chain(&self.metric_relabel_configs).try_for_each(|rule| rule.check(names))
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

fn default_interval() -> Duration {
    Duration::from_secs(60)
}

fn default_timeout() -> Duration {
    Duration::from_secs(10)
}

fn default_path() -> String {
    "/metrics".to_owned()
}
