//! The sections `remote_write` and `alerting` of the configuration file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::ingest::scrape::config::discovery::Discovery;
use crate::ingest::scrape::config::http::{HttpSettings, headers};
use crate::ingest::scrape::config::job::Scheme;
use crate::ingest::scrape::config::keys::Rest;
use crate::ingest::scrape::config::protocol::NameValidation;
use crate::ingest::scrape::config::value::{or_empty, read_duration};
use crate::ingest::scrape::relabel::RelabelRule;
use crate::outgoing::batch::Version;

/// Refuses receivers and Alertmanagers that cannot work.
pub(crate) fn check_receivers(remote_write: &[RemoteWriteConfig], alerting: &AlertingConfig) -> Result<(), String> {
    let mut names = BTreeSet::new();
    for (at, remote) in remote_write.iter().enumerate() {
        let place = format!("remote_write[{at}]");
        remote.check().map_err(|reason| format!("{place}: {reason}"))?;
        if !names.insert(remote.shown_name()) {
            return Err(format!("{place}: another remote_write has the same name; give each a name"));
        }
    }
    alerting.check().map_err(|reason| format!("alerting: {reason}"))
}

/// One of `remote_write`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RemoteWriteConfig {
    pub url: String,
    /// The name in metrics and messages; the address if there is none.
    #[serde(default)]
    pub name: String,
    #[serde(default = "thirty_seconds", deserialize_with = "read_duration")]
    pub remote_timeout: Duration,
    /// The message, which tells the version.
    #[serde(default)]
    pub protobuf_message: ProtobufMessage,
    /// Further headers of each request.
    #[serde(default, deserialize_with = "or_empty")]
    pub headers: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub write_relabel_configs: Vec<RelabelRule>,
    /// Exemplars are sent, too.
    #[serde(default)]
    pub send_exemplars: bool,
    /// Native histograms are sent too.
    #[serde(default)]
    pub send_native_histograms: bool,
    #[serde(default)]
    pub queue_config: QueueConfig,
    #[serde(default)]
    pub metadata_config: MetadataConfig,
    /// How its requests connect.
    #[serde(flatten)]
    pub http: HttpSettings,
    /// Keys that nobody in the lab reads.
    #[serde(flatten)]
    pub rest: Rest,
}

/// The message of remote write.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub enum ProtobufMessage {
    #[default]
    #[serde(rename = "prometheus.WriteRequest")]
    V1,
    #[serde(rename = "io.prometheus.write.v2.Request")]
    V2,
}

/// How samples wait and how they are sent.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QueueConfig {
    /// Most samples that wait; the oldest are dropped beyond it.
    pub capacity: usize,
    /// Accepted without effect: one task sends, so that samples arrive in order.
    pub max_shards: usize,
    /// Accepted without effect, as `max_shards`.
    pub min_shards: usize,
    /// Most samples of a request.
    pub max_samples_per_send: usize,
    /// How long samples wait for others that go with them.
    #[serde(deserialize_with = "read_duration")]
    pub batch_send_deadline: Duration,
    /// The pause after the first failure; it doubles.
    #[serde(deserialize_with = "read_duration")]
    pub min_backoff: Duration,
    /// The longest pause.
    #[serde(deserialize_with = "read_duration")]
    pub max_backoff: Duration,
    /// Repeats what is answered 429, too.
    pub retry_on_http_429: bool,
    /// Drops older samples instead of sending them; zero sends all.
    #[serde(deserialize_with = "read_duration")]
    pub sample_age_limit: Duration,
}

/// How often what is known about metrics is sent.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetadataConfig {
    pub send: bool,
    #[serde(deserialize_with = "read_duration")]
    pub send_interval: Duration,
    /// Most metrics of a request.
    pub max_samples_per_send: usize,
}

/// The section `alerting`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlertingConfig {
    /// Rules for the labels of alerts.
    #[serde(deserialize_with = "or_empty")]
    pub alert_relabel_configs: Vec<RelabelRule>,
    #[serde(deserialize_with = "or_empty")]
    pub alertmanagers: Vec<AlertmanagerConfig>,
}

/// One of `alertmanagers`.
#[derive(Clone, Debug, Deserialize)]
pub struct AlertmanagerConfig {
    #[serde(default)]
    pub scheme: Scheme,
    #[serde(default)]
    pub path_prefix: String,
    #[serde(default = "ten_seconds", deserialize_with = "read_duration")]
    pub timeout: Duration,
    /// Only `v2` is there.
    #[serde(default)]
    pub api_version: ApiVersion,
    /// By what they are found.
    #[serde(flatten)]
    pub discovery: Discovery,
    /// Rules for the addresses of Alertmanagers.
    #[serde(default, deserialize_with = "or_empty")]
    pub relabel_configs: Vec<RelabelRule>,
    /// Rules for the labels of alerts that go to these.
    #[serde(default, deserialize_with = "or_empty")]
    pub alert_relabel_configs: Vec<RelabelRule>,
    /// How its requests connect.
    #[serde(flatten)]
    pub http: HttpSettings,
    /// Keys that nobody in the lab reads.
    #[serde(flatten)]
    pub rest: Rest,
}

/// The version of an Alertmanager's API.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub enum ApiVersion {
    #[default]
    #[serde(rename = "v2")]
    V2,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            // Prometheus waits in its write-ahead log; here the queue has to hold what an outage of minutes brings.
            capacity: 500_000,
            max_shards: 50,
            min_shards: 1,
            max_samples_per_send: 2_000,
            batch_send_deadline: Duration::from_secs(5),
            min_backoff: Duration::from_millis(30),
            max_backoff: Duration::from_secs(5),
            retry_on_http_429: true,
            sample_age_limit: Duration::ZERO,
        }
    }
}

impl Default for MetadataConfig {
    fn default() -> Self {
        Self { send: true, send_interval: Duration::from_secs(60), max_samples_per_send: 2_000 }
    }
}

impl RemoteWriteConfig {
    /// The name in metrics and messages.
    pub fn shown_name(&self) -> &str {
        if self.name.is_empty() { &self.url } else { &self.name }
    }

    /// The version of its messages.
    pub fn version(&self) -> Version {
        match self.protobuf_message {
            ProtobufMessage::V1 => Version::V1,
            ProtobufMessage::V2 => Version::V2,
        }
    }

    /// Refuses what cannot work.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !self.url.starts_with("http://") && !self.url.starts_with("https://") {
            return Err("url must begin with http:// or https://".to_owned());
        }
        for name in self.headers.keys() {
            headers::check_name(name)?;
        }
        self.queue_config.check()?;
        self.http.check()?;
        self.write_relabel_configs.iter().try_for_each(check_rule)
    }
}

impl AlertmanagerConfig {
    fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.http.files().chain(self.discovery.paths())
    }
}

impl AlertingConfig {
    /// The paths of files, which are made relative to the folder of the configuration.
    pub(crate) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.alertmanagers.iter_mut().flat_map(AlertmanagerConfig::files)
    }

    /// Refuses what cannot work.
    pub(crate) fn check(&self) -> Result<(), String> {
        for manager in &self.alertmanagers {
            manager.http.check()?;
            manager.relabel_configs.iter().chain(&manager.alert_relabel_configs).try_for_each(check_rule)?;
        }
        self.alert_relabel_configs.iter().try_for_each(check_rule)
    }
}

impl QueueConfig {
    /// Refuses what could never send.
    fn check(&self) -> Result<(), String> {
        let numbers = [
            ("capacity", self.capacity),
            ("max_shards", self.max_shards),
            ("min_shards", self.min_shards),
            ("max_samples_per_send", self.max_samples_per_send),
        ];
        if let Some((key, _)) = numbers.iter().find(|(_, number)| *number == 0) {
            return Err(format!("queue_config: {key} must be above zero"));
        }
        if self.min_shards > self.max_shards {
            return Err("queue_config: min_shards is greater than max_shards".to_owned());
        }
        if self.max_backoff < self.min_backoff {
            return Err("queue_config: max_backoff is shorter than min_backoff".to_owned());
        }
        Ok(())
    }
}

/// What leaves the lab may have any names.
fn check_rule(rule: &RelabelRule) -> Result<(), String> {
    rule.check(NameValidation::Utf8)
}

fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}

fn thirty_seconds() -> Duration {
    Duration::from_secs(30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_differ_in_a_secret_are_not_the_same() {
        let remote = |password: &str| -> RemoteWriteConfig {
            let text = format!("{{url: 'http://a', basic_auth: {{username: b, password: {password}}}}}");
            serde_yaml_ng::from_str(&text).expect("parses")
        };
        assert_eq!(remote("old"), remote("old"));
        assert_ne!(remote("old"), remote("new"));
    }
}
