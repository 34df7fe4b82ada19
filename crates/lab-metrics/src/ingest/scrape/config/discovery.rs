//! Where targets and Alertmanagers are found: in the file itself, in other files, at HTTP servers, in DNS, at Docker.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::ingest::scrape::config::http::HttpSettings;
use crate::ingest::scrape::config::keys::Rest;
use crate::ingest::scrape::config::shown::secrets;
use crate::ingest::scrape::config::value::{labels, or_empty, pattern, read_duration, texts, yes};

/// Targets that share labels; also the content of target files.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetGroup {
    /// `host:port`, each a target.
    #[serde(default, deserialize_with = "texts")]
    pub targets: Vec<String>,
    /// Labels of all of them.
    #[serde(default, deserialize_with = "labels")]
    pub labels: BTreeMap<String, String>,
}

/// One of `file_sd_configs`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDiscovery {
    /// Paths with wildcards.
    pub files: Vec<PathBuf>,
    /// Accepted without effect, because the files are read every few seconds anyway.
    #[serde(default, deserialize_with = "read_duration")]
    pub refresh_interval: Duration,
}

/// One of `http_sd_configs`: a server that lists target groups as JSON.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct HttpDiscovery {
    pub url: String,
    #[serde(default = "minute", deserialize_with = "read_duration")]
    pub refresh_interval: Duration,
    #[serde(flatten)]
    pub http: HttpSettings,
    /// Keys that nobody in the lab reads.
    #[serde(flatten)]
    pub rest: Rest,
}

/// One of `dns_sd_configs`: names whose records are targets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DnsDiscovery {
    pub names: Vec<String>,
    #[serde(default, rename = "type")]
    pub record: DnsRecord,
    /// The port of targets; SRV records bring their own.
    #[serde(default)]
    pub port: u16,
    #[serde(default = "half_minute", deserialize_with = "read_duration")]
    pub refresh_interval: Duration,
}

/// The type of a DNS record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DnsRecord {
    #[default]
    Srv,
    A,
    Aaaa,
    Mx,
    Ns,
}

/// One of `docker_sd_configs`: the containers of a Docker daemon.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct DockerDiscovery {
    /// `unix:///var/run/docker.sock`, or an address with `http://`, `https://` or `tcp://`.
    pub host: String,
    /// The port of containers that publish none.
    #[serde(default = "port_80")]
    pub port: u16,
    /// The address of containers in the host's network.
    #[serde(default = "localhost")]
    pub host_networking_host: String,
    /// Takes only the first network of a container.
    #[serde(default = "yes")]
    pub match_first_network: bool,
    #[serde(default)]
    pub filters: Vec<DockerFilter>,
    #[serde(default = "minute", deserialize_with = "read_duration")]
    pub refresh_interval: Duration,
    #[serde(flatten)]
    pub http: HttpSettings,
    /// Keys that nobody in the lab reads.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A filter of Docker's own for containers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DockerFilter {
    pub name: String,
    pub values: Vec<String>,
}

/// Everything by which a job finds its targets, or the lab its Alertmanagers.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Discovery {
    /// Targets that are named in the configuration.
    #[serde(default, deserialize_with = "or_empty", rename = "static_configs")]
    pub fixed: Vec<TargetGroup>,
    /// Files that name more targets.
    #[serde(default, deserialize_with = "or_empty", rename = "file_sd_configs")]
    pub files: Vec<FileDiscovery>,
    /// HTTP servers that name more targets.
    #[serde(default, deserialize_with = "or_empty", rename = "http_sd_configs")]
    pub http: Vec<HttpDiscovery>,
    /// Names whose DNS records are targets.
    #[serde(default, deserialize_with = "or_empty", rename = "dns_sd_configs")]
    pub dns: Vec<DnsDiscovery>,
    /// Docker daemons whose containers are targets.
    #[serde(default, deserialize_with = "or_empty", rename = "docker_sd_configs")]
    pub docker: Vec<DockerDiscovery>,
}

impl Discovery {
    /// The targets of one group and no others.
    pub fn of_targets(targets: Vec<String>) -> Self {
        Self { fixed: vec![TargetGroup { targets, labels: BTreeMap::new() }], ..Self::default() }
    }

    /// The paths of files, which are made relative to the folder of the configuration.
    pub(crate) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let found = self.files.iter_mut().flat_map(|source| &mut source.files);
        let asked = self.http.iter_mut().flat_map(|source| source.http.files());
        found.chain(asked).chain(self.docker.iter_mut().flat_map(|source| source.http.files()))
    }

    /// Refuses what cannot work, and notes what has no effect.
    pub(crate) fn check(&self, place: &str, notes: &mut Vec<String>) -> Result<(), String> {
        for (at, group) in self.fixed.iter().enumerate() {
            group.check().map_err(|reason| format!("{place}.static_configs[{at}]: {reason}"))?;
        }
        for (at, source) in self.files.iter().enumerate() {
            if source.files.is_empty() {
                return Err(format!("{place}.file_sd_configs[{at}]: files must name at least one file"));
            }
            let paths = &mut source.files.iter();
            let checked = paths.try_for_each(|path| pattern::check_target_files(path));
            checked.map_err(|reason| format!("{place}.file_sd_configs[{at}]: {reason}"))?;
        }
        for (at, source) in self.http.iter().enumerate() {
            let place = format!("{place}.http_sd_configs[{at}]");
            source.rest.note(&place, &[], notes)?;
            source.check().map_err(|reason| format!("{place}: {reason}"))?;
        }
        for (at, source) in self.dns.iter().enumerate() {
            source.check().map_err(|reason| format!("{place}.dns_sd_configs[{at}]: {reason}"))?;
        }
        for (at, source) in self.docker.iter().enumerate() {
            let place = format!("{place}.docker_sd_configs[{at}]");
            source.rest.note(&place, &[], notes)?;
            source.check().map_err(|reason| format!("{place}: {reason}"))?;
        }
        Ok(())
    }
}

impl TargetGroup {
    /// Refuses addresses that are URLs.
    fn check(&self) -> Result<(), String> {
        match self.targets.iter().find(|target| target.contains('/')) {
            Some(target) => {
                let shown = secrets::shown_url(target);
                Err(format!(
                    "{shown:?} is not a valid target address; write host:port, and the rest under scheme and metrics_path"
                ))
            }
            None => Ok(()),
        }
    }
}

impl HttpDiscovery {
    fn check(&self) -> Result<(), String> {
        if !self.url.starts_with("http://") && !self.url.starts_with("https://") {
            return Err("url must begin with http:// or https://".to_owned());
        }
        if self.url.split("//").nth(1).is_none_or(|rest| rest.is_empty() || rest.starts_with('/')) {
            return Err("url must name a host".to_owned());
        }
        self.http.check()
    }
}

impl DnsDiscovery {
    fn check(&self) -> Result<(), String> {
        if self.names.is_empty() {
            return Err("names must hold at least one name".to_owned());
        }
        if self.record != DnsRecord::Srv && self.port == 0 {
            return Err("a port is required for every type but SRV".to_owned());
        }
        Ok(())
    }
}

impl DockerDiscovery {
    fn check(&self) -> Result<(), String> {
        if !["unix:///", "tcp://", "http://", "https://"].iter().any(|scheme| self.host.starts_with(scheme)) {
            return Err("host must begin with unix:///, tcp://, http:// or https://".to_owned());
        }
        self.http.check()
    }
}

impl<'de> Deserialize<'de> for DnsRecord {
    /// Capitals or not, as in Prometheus.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.to_ascii_uppercase().as_str() {
            "SRV" => Ok(Self::Srv),
            "A" => Ok(Self::A),
            "AAAA" => Ok(Self::Aaaa),
            "MX" => Ok(Self::Mx),
            "NS" => Ok(Self::Ns),
            _ => Err(serde::de::Error::custom(format!(
                "the type of DNS records must be SRV, A, AAAA, MX or NS, not {text:?}"
            ))),
        }
    }
}

fn minute() -> Duration {
    Duration::from_secs(60)
}

fn half_minute() -> Duration {
    Duration::from_secs(30)
}

fn port_80() -> u16 {
    80
}

fn localhost() -> String {
    "localhost".to_owned()
}
