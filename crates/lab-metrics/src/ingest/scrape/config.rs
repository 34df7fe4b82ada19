//! The configuration file of Prometheus: what to scrape and how, which files hold rules, what leaves the lab.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/>. A key without effect here is noted,
//! and one that nobody knows is an error, since what it asks for would silently not happen ([`keys`]).

pub mod discovery;
pub mod error;
pub mod histograms;
pub mod http;
pub mod job;
pub mod keys;
pub mod protocol;
pub(crate) mod shown;
pub(crate) mod value;

use std::path::{Path, PathBuf};

use lab_syntax::yaml;
use serde::Deserialize;

use self::error::ConfigError;
use self::job::{GlobalConfig, JobConfig};
use self::keys::{Rest, checked};
use self::value::variables::expanded;
use self::value::{or_empty, pattern};
use crate::ingest::otlp::OtlpConfig;
use crate::outgoing::config::{AlertingConfig, RemoteWriteConfig, check_receivers};

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ScrapeConfig {
    /// The values of jobs that set none of their own.
    #[serde(default, deserialize_with = "or_empty")]
    pub global: GlobalConfig,
    #[serde(default, deserialize_with = "or_empty")]
    pub scrape_configs: Vec<JobConfig>,
    /// Files that hold more of them.
    #[serde(default, deserialize_with = "or_empty")]
    pub scrape_config_files: Vec<PathBuf>,
    /// Files of rules; paths may hold wildcards.
    #[serde(default, deserialize_with = "or_empty")]
    pub rule_files: Vec<PathBuf>,
    /// Who is sent samples.
    #[serde(default, deserialize_with = "or_empty")]
    pub remote_write: Vec<RemoteWriteConfig>,
    /// Who is told of alerts.
    #[serde(default, deserialize_with = "or_empty")]
    pub alerting: AlertingConfig,
    /// What becomes of metrics that come by OTLP; who receives them reads it for itself.
    #[serde(default)]
    pub otlp: Option<OtlpConfig>,
    /// The file as it was loaded, with defaults and without secrets.
    #[serde(skip)]
    pub source: String,
    /// Keys of the file that have no effect in the lab.
    #[serde(skip)]
    pub notes: Vec<String>,
    /// Keys that nobody in the lab reads.
    #[serde(flatten)]
    pub rest: Rest,
}

/// What one of `scrape_config_files` holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JobsFile {
    #[serde(default, deserialize_with = "or_empty")]
    scrape_configs: Vec<JobConfig>,
}

impl ScrapeConfig {
    /// Reads a file; paths in it are relative to its folder.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        Self::parse(&ConfigError::text_of(path)?, path)
    }

    /// Reads the text of a file; paths in it are relative to the folder of `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        if text.trim().is_empty() {
            return Self { source: shown::file(text), ..Self::default() }.check();
        }
        let mut config: Self = shown::read_text(text).map_err(|error| ConfigError::malformed(path, &error))?;
        config.source = shown::file(text);
        show_sources(&mut config.scrape_configs, text, text);
        config.note_keys().map_err(|reason| ConfigError::invalid(path, &reason))?;
        check_values(text, path)?;
        config.check_patterns().map_err(|reason| ConfigError::invalid(path, &reason))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let jobs = config.scrape_configs.iter_mut().flat_map(JobConfig::files);
        let receivers = config.remote_write.iter_mut().flat_map(|remote| remote.http.files());
        let managers = config.alerting.files();
        let files = config.rule_files.iter_mut().chain(&mut config.scrape_config_files);
        jobs.chain(receivers).chain(managers).chain(files).for_each(|file| *file = folder.join(&*file));
        config.read_job_files(text)?;
        check_receivers(&config.remote_write, &config.alerting)
            .map_err(|reason| ConfigError::invalid(path, &reason))?;
        config.check()
    }

    /// Puts variables of the environment into external labels; `variable` gives their values.
    pub fn expand_external_labels(&mut self, variable: impl Fn(&str) -> String) {
        for value in self.global.external_labels.values_mut() {
            *value = expanded(value, &variable);
        }
    }

    /// The files of rules that are there now, sorted within each pattern; one without a wildcard is named in any
    /// case, so that its absence can be told.
    pub fn rule_paths(&self) -> Vec<PathBuf> {
        self.rule_files.iter().flat_map(|pattern| pattern::files(pattern)).collect()
    }

    /// A configuration of these jobs.
    pub fn of_jobs(global: GlobalConfig, jobs: Vec<JobConfig>) -> Result<Self, ConfigError> {
        Self { global, scrape_configs: jobs, ..Self::default() }.check()
    }

    /// Notes the keys of all parts that have no effect; the error names the first that nobody knows.
    fn note_keys(&mut self) -> Result<(), String> {
        let mut notes = Vec::new();
        self.rest.note("", &[&keys::OF_FILE], &mut notes)?;
        self.global.rest.note("global", &[&keys::OF_GLOBAL], &mut notes)?;
        note_jobs("scrape_configs", &self.scrape_configs, &mut notes)?;
        for (at, remote) in self.remote_write.iter().enumerate() {
            remote.rest.note(&format!("remote_write[{at}]"), &[&keys::OF_REMOTE_WRITE], &mut notes)?;
        }
        for (at, manager) in self.alerting.alertmanagers.iter().enumerate() {
            let place = format!("alerting.alertmanagers[{at}]");
            manager.rest.note(&place, &[&keys::OF_ALERTMANAGER, &keys::OF_DISCOVERY], &mut notes)?;
            manager.discovery.check(&place, &mut notes)?;
        }
        self.notes = notes;
        Ok(())
    }

    /// Refuses patterns of paths that could never mean a file, before a folder stands before them.
    fn check_patterns(&self) -> Result<(), String> {
        for (key, paths) in [("rule_files", &self.rule_files), ("scrape_config_files", &self.scrape_config_files)] {
            paths.iter().try_for_each(|path| pattern::check(path)).map_err(|reason| format!("{key}: {reason}"))?;
        }
        Ok(())
    }

    /// Adds the jobs of `scrape_config_files`, which take what they do not say from the section `global` of the text `main`.
    fn read_job_files(&mut self, main: &str) -> Result<(), ConfigError> {
        for path in self.scrape_config_files.iter().flat_map(|pattern| pattern::files(pattern)) {
            let text = ConfigError::text_of(&path)?;
            let read: JobsFile = shown::read_text(&text).map_err(|error| ConfigError::malformed(&path, &error))?;
            let mut jobs = read.scrape_configs;
            show_sources(&mut jobs, &text, main);
            let place = format!("{}: scrape_configs", path.display());
            note_jobs(&place, &jobs, &mut self.notes).map_err(ConfigError::Invalid)?;
            check_values(&text, &path)?;
            let folder = path.parent().unwrap_or(Path::new(""));
            jobs.iter_mut().flat_map(JobConfig::files).for_each(|file| *file = folder.join(&*file));
            self.scrape_configs.append(&mut jobs);
        }
        Ok(())
    }

    /// Fills in the global values and refuses values that are not allowed.
    fn check(mut self) -> Result<Self, ConfigError> {
        self.global.fill().map_err(|reason| ConfigError::Invalid(format!("global: {reason}")))?;
        let mut names = std::collections::BTreeSet::new();
        for job in &mut self.scrape_configs {
            job.fill(&self.global);
            let refuse =
                |reason: &str| Err(ConfigError::Invalid(format!("scrape config {:?}: {reason}", job.job_name)));
            if let Err(reason) = job.check() {
                return refuse(&reason);
            }
            if !names.insert(job.job_name.clone()) {
                return refuse("found multiple scrape configs with this job name");
            }
        }
        Ok(self)
    }
}

/// Refuses the text of the file at `path` for values that no part of the lab reads and that cannot be meant.
fn check_values(text: &str, path: &Path) -> Result<(), ConfigError> {
    let file = yaml::read(text).map_err(|error| ConfigError::malformed(path, &error))?;
    checked::check(&file).map_err(|reason| ConfigError::invalid(path, &reason))
}

/// Keeps the text of each job beside it; the section `global` is that of the text `main`.
fn show_sources(jobs: &mut [JobConfig], text: &str, main: &str) {
    jobs.iter_mut().zip(shown::jobs(text, main)).for_each(|(job, source)| job.source = source);
}

fn note_jobs(place: &str, jobs: &[JobConfig], notes: &mut Vec<String>) -> Result<(), String> {
    for (at, job) in jobs.iter().enumerate() {
        let place = format!("{place}[{at}]");
        job.rest.note(&place, &[&keys::OF_JOB, &keys::OF_DISCOVERY], notes)?;
        job.discovery.check(&place, notes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ScrapeConfig, String> {
        ScrapeConfig::parse(text, Path::new("prometheus.yml")).map_err(|error| error.to_string())
    }

    #[test]
    fn keys_without_effect_are_noted_once_and_mistakes_refused() {
        let text = "{storage: {tsdb: {retention: {time: 1d}}}, global: {query_log_file: a}, \
            scrape_configs: [{job_name: a, scrape_on_shutdown: true}, {job_name: b, consul_sd_configs: []}], \
            remote_write: [{url: 'http://a', sigv4: {}}], alerting: {alertmanagers: [{ec2_sd_configs: [{}]}]}}";
        let expected = [
            "storage has no effect in the lab",
            "global: query_log_file has no effect in the lab",
            "scrape_configs[0]: scrape_on_shutdown has no effect in the lab",
            "scrape_configs[1]: consul_sd_configs has no effect in the lab",
            "remote_write[0]: sigv4 has no effect in the lab",
            "alerting.alertmanagers[0]: ec2_sd_configs has no effect in the lab",
        ];
        assert_eq!(read(text).expect("let pass").notes, expected);
        for (text, place) in [
            ("scrape_config: []", "unknown field `scrape_config`"),
            ("global: {scrape_intervall: 1s}", "global: unknown field `scrape_intervall`"),
            ("scrape_configs: [{job_name: a, sample_limt: 3}]", "scrape_configs[0]: unknown field `sample_limt`"),
            ("scrape_configs: [{job_name: a, cobra_sd_configs: []}]", "unknown field `cobra_sd_configs`"),
            (
                "scrape_configs: [{job_name: a, http_sd_configs: [{url: 'http://a', interval: 1}]}]",
                "unknown field `interval`",
            ),
            ("scrape_configs: [{job_name: a, basic_auth: {user: a}}]", "unknown field `user`"),
            (
                "remote_write: [{url: 'http://a', dns_sd_configs: []}]",
                "remote_write[0]: unknown field `dns_sd_configs`",
            ),
            ("alerting: {alertmanagers: [{job_name: a}]}", "alerting.alertmanagers[0]: unknown field `job_name`"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(place), "{text}: {error}");
        }
    }

    #[test]
    fn keys_without_a_value_are_as_good_as_no_keys() {
        // The begin of the file that comes with Prometheus, its comments left out, and more of the kind.
        let shipped = "global:\n  scrape_interval: 15s\nalerting:\n  alertmanagers:\n    - static_configs:\n        - targets:\n\
            rule_files:\nscrape_configs:\n  - job_name: prometheus\n    static_configs:\n      - targets: ['localhost:9090']\n\
            \x20       labels:\n    relabel_configs:\n    params:\n    file_sd_configs:\n    scrape_protocols:\n";
        let config = read(shipped).expect("good");
        assert_eq!(config.scrape_configs[0].discovery.fixed[0].targets, ["localhost:9090"]);
        assert!(config.alerting.alertmanagers[0].discovery.fixed[0].targets.is_empty());
        for key in ["global", "scrape_configs", "scrape_config_files", "rule_files", "remote_write", "alerting", "otlp"]
        {
            assert!(read(&format!("{key}:\n")).is_ok(), "{key}");
        }
        for text in [
            "global: {external_labels: }",
            "alerting: {alertmanagers: , alert_relabel_configs: }",
            "remote_write: [{url: 'http://a', headers: , write_relabel_configs: }]",
            "scrape_configs: [{job_name: a, static_configs: , http_sd_configs: , metric_relabel_configs: }]",
        ] {
            assert!(read(text).is_ok(), "{text}: {:?}", read(text));
        }
    }

    #[test]
    fn what_prometheus_refuses_is_refused() {
        for (text, reason) in [
            ("global: {scrape_interval: 5s, scrape_timeout: 6s}", "scrape_timeout is greater than scrape_interval"),
            ("global: {external_labels: {'': a}}", "not a valid label name"),
            ("global: {scrape_protocols: []}", "scrape_protocols cannot be empty"),
            ("scrape_configs: [{job_name: a, scrape_protocols: []}]", "scrape_protocols cannot be empty"),
            ("rule_files: ['[a.yml']", "rule_files: \"[a.yml\" has a [ without its ]"),
            ("scrape_config_files: ['*/a.yml']", "a star before the last slash"),
            (
                "scrape_configs: [{job_name: a, file_sd_configs: [{files: [a.txt]}]}]",
                "must end in .json, .yml or .yaml",
            ),
            (
                "scrape_configs: [{job_name: a, static_configs: [{targets: ['http://a:1']}]}]",
                "not a valid target address",
            ),
            ("scrape_configs: [{job_name: a, static_configs: [{targets: ['a:1'], labels: {'': b}}]}]", "label name"),
            ("alerting: {alertmanagers: [{static_configs: [{targets: ['http://a']}]}]}", "not a valid target address"),
            (
                "scrape_configs: [{job_name: a, metric_name_validation_scheme: legacy, \
                 metric_name_escaping_scheme: allow-utf-8}]",
                "needs metric_name_validation_scheme utf8",
            ),
            (
                "scrape_configs: [{job_name: a, metric_name_validation_scheme: legacy, relabel_configs: [{target_label: b.c}]}]",
                "invalid 'target_label'",
            ),
            ("remote_write: [{url: 'http://a', queue_config: {capacity: 0}}]", "capacity must be above zero"),
            ("remote_write: [{url: 'http://a', queue_config: {min_shards: 60}}]", "min_shards is greater"),
            ("remote_write: [{url: 'http://a', queue_config: {min_backoff: 6s}}]", "max_backoff is shorter"),
            ("alerting: {alert_relabel_configs: [{action: labelkeep, source_labels: [a]}]}", "requires only 'regex'"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(reason), "{text}: {error}");
        }
        let zero = read("global: {scrape_interval: 0s, evaluation_interval: 0s}").expect("no interval").global;
        assert_eq!((zero.scrape_interval.as_secs(), zero.evaluation_interval.as_secs()), (60, 60));
    }

    #[test]
    fn merges_and_further_documents_leave_values_as_they_are_written() {
        let jobs = "global: {external_labels: {version: 1.10, size: 1e3}}\n\
            scrape_configs: [&a {job_name: a, sample_limit: 7}, &b {<<: *a, job_name: b}, {<< : *b, job_name: c}]\n";
        for text in [jobs.to_owned(), format!("{jobs}---\n["), format!("{jobs}# <<: *a\n")] {
            let config = read(&text).expect(&text);
            let told: Vec<_> = config.scrape_configs.iter().map(|job| (&*job.job_name, job.sample_limit)).collect();
            assert_eq!(told, [("a", 7), ("b", 7), ("c", 7)]);
            let labels: Vec<_> = config.global.external_labels.values().map(String::as_str).collect();
            assert_eq!(labels, ["1e3", "1.10"], "{text}");
        }
        let error = read("# <<: *a\nglobal:\n  scrape_interval: 1x\n").expect_err("no duration");
        assert!(error.contains("line 3"), "{error}");
    }

    #[test]
    fn external_labels_hold_variables_of_the_environment() {
        let mut config = read("global: {external_labels: {a: '${SITE}-$$1', b: plain}}").expect("good");
        config.expand_external_labels(|name| format!("<{name}>"));
        let labels: Vec<_> = config.global.external_labels.values().map(String::as_str).collect();
        assert_eq!(labels, ["<SITE>-$1", "plain"]);
    }

    #[test]
    fn clients_are_described_by_the_same_keys_everywhere() {
        let client = "{basic_auth: {username: 7, password: 12345}, follow_redirects: false, enable_http2: false, \
            proxy_url: 'http://p:1', no_proxy: 'a,b', http_headers: {X-A: {values: [1]}}, tls_config: {min_version: TLS12}}";
        let settings: http::HttpSettings = serde_yaml_ng::from_str(client).expect("good");
        let inner = client.trim_matches(['{', '}']);
        let with = |more: &str| format!("{{{more}, {inner}}}}}");
        let text = format!(
            "scrape_configs: [{}]\nremote_write: [{}]\nalerting: {{alertmanagers: [{}]}}\n",
            with(&format!("job_name: a, http_sd_configs: [{}]", with("url: 'http://a'"))),
            with("url: 'http://a'"),
            with("scheme: http"),
        );
        let config = read(&text).expect(&text);
        assert!(config.notes.is_empty(), "{:?}", config.notes);
        let job = &config.scrape_configs[0];
        let all = [
            &job.http,
            &job.discovery.http[0].http,
            &config.remote_write[0].http,
            &config.alerting.alertmanagers[0].http,
        ];
        for one in all {
            assert_eq!(*one, settings);
        }
        assert!(!format!("{config:?}").contains("12345"), "secrets are not shown");
    }

    #[test]
    fn clients_that_contradict_themselves_are_refused() {
        for (settings, reason) in [
            ("basic_auth: {username: a}, authorization: {credentials: b}", "at most one of basic_auth, authorization"),
            ("bearer_token: a, oauth2: {client_id: a, token_url: b}", "at most one of basic_auth, authorization"),
            ("bearer_token: a, bearer_token_file: b", "bearer_token & bearer_token_file"),
            ("basic_auth: {username: a, password: b, password_file: c}", "password & password_file"),
            ("basic_auth: {username: a, username_file: c}", "username & username_file"),
            ("authorization: {type: Basic, credentials: a}", "use \"basic_auth\" instead"),
            ("oauth2: {client_id: a}", "token_url must be configured"),
            ("oauth2: {token_url: a}", "client_id must be configured"),
            (
                "oauth2: {client_id: a, token_url: b, grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer'}",
                "client_credentials only",
            ),
            ("tls_config: {cert_file: a}", "both cert_file and key_file"),
            ("tls_config: {ca: a, ca_file: b}", "at most one of ca and ca_file"),
            ("tls_config: {server_name: 10.0.0.1}", "server_name of tls_config must be a host name"),
            ("tls_config: {min_version: TLS13, max_version: TLS12}", "greater than or equal to min_version"),
            ("proxy_url: 'socks5://a'", "proxy_url must begin with"),
            ("no_proxy: a", "proxy_url must also be configured"),
            ("proxy_from_environment: true, proxy_url: 'http://a'", "proxy_url must not be configured"),
            ("proxy_connect_header: {A: [b]}", "proxy_url or proxy_from_environment must also"),
            ("http_headers: {Host: {values: [a]}}", "setting header \"Host\" is not allowed"),
        ] {
            for text in [
                format!("scrape_configs: [{{job_name: x, {settings}}}]"),
                format!("remote_write: [{{url: 'http://a', {settings}}}]"),
                format!("alerting: {{alertmanagers: [{{{settings}}}]}}"),
                format!("scrape_configs: [{{job_name: x, http_sd_configs: [{{url: 'http://a', {settings}}}]}}]"),
            ] {
                let error = read(&text).expect_err(&text);
                assert!(error.contains(reason), "{text}: {error}");
            }
        }
    }

    #[test]
    fn jobs_stand_in_files_of_their_own_and_take_global_limits() {
        let folder = std::env::temp_dir().join(format!("dicelab-jobs-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("jobs")).expect("made");
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
        write("jobs/a.yml", "scrape_configs: [{job_name: a, sample_limit: 7, file_sd_configs: [{files: [t.yml]}]}]");
        write(
            "prometheus.yml",
            "{global: {sample_limit: 5, body_size_limit: 1MB}, scrape_config_files: [jobs/*.yml], \
            scrape_configs: [{job_name: b}]}",
        );
        let config = ScrapeConfig::read(&folder.join("prometheus.yml")).expect("good");
        let limits: Vec<_> =
            config.scrape_configs.iter().map(|job| (&*job.job_name, job.sample_limit, job.body_size_limit)).collect();
        assert_eq!(limits, [("b", 5, 1 << 20), ("a", 7, 1 << 20)]);
        assert_eq!(config.scrape_configs[1].discovery.files[0].files, [folder.join("jobs/t.yml")]);
        write("jobs/b.yml", "scrape_configs: [{job_name: c, honor_labels: yes, label_limit: 1_000}]");
        let config = ScrapeConfig::read(&folder.join("prometheus.yml")).expect("in words of YAML 1.1");
        assert!(config.scrape_configs[2].honor_labels);
        for (job, limit) in config.scrape_configs.iter().zip([5, 7, 5]) {
            let (said, global) = (format!("sample_limit: {limit}\n"), "body_size_limit: 1MiB\n");
            assert!(job.source.contains(&said) && job.source.contains(global), "{}", job.source);
        }
        write("jobs/b.yml", "scrape_configs: [{job_name: b}]");
        let error = ScrapeConfig::read(&folder.join("prometheus.yml")).expect_err("twice").to_string();
        assert!(error.contains("multiple scrape configs"), "{error}");
        write(
            "jobs/b.yml",
            "scrape_configs: [{job_name: c, consul_sd_configs: [{bearer_token: x, bearer_token_file: y}]}]",
        );
        let error = ScrapeConfig::read(&folder.join("prometheus.yml")).expect_err("two tokens").to_string();
        assert!(error.contains("b.yml: scrape_configs[0].consul_sd_configs[0]: at most one of"), "{error}");
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
