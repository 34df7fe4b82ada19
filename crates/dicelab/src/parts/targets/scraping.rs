//! What the lab scrapes: the three services, itself, and whatever `--scrape-config` adds, whose `rule_files` come
//! along.
//!
//! The jobs are those of `deploy/prometheus/prometheus.yml`, built in; their targets stand in a file that
//! the lab writes into its data directory, since its ports depend on how it was started.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use lab_metrics::MetricStore;
use lab_metrics::ingest::scrape::config::ScrapeConfig;
use lab_metrics::ingest::scrape::config::discovery::TargetGroup;
use lab_metrics::ingest::scrape::config::error::ConfigError;
use lab_metrics::ingest::scrape::config::http::credentials::BasicAuth;
use lab_metrics::ingest::scrape::relabel::RelabelRule;
use lab_metrics::ingest::scrape::scraper::Scraper;
use lab_metrics::model::histogram_sample::Samples;
use lab_metrics::store::error::StoreError;
use lab_model::labels::METRIC_NAME;
use lab_model::{Interrupt, Labels, Matcher, duration};
use telemetry::faults::fault::Service;

use crate::doors::own::OwnAccess;
use crate::options::lab::LabOptions;
use crate::parts::children::collector::container_name;
use crate::parts::clock::now_ns;
use crate::ports::{Port, Ports};

/// The configuration that Prometheus beside the containers has too.
const SHIPPED: &str = include_str!("../../../../../deploy/prometheus/prometheus.yml");
/// The job of the lab itself.
const SELF_JOB: &str = "dicelab";
/// Stands above each job of the lab where jobs are shown.
const OWN: &str =
    "# A job of the lab itself. It has the interval of --scrape-interval and takes nothing from the section global.\n";
/// Between two looks whether requests are in progress.
const PAUSE: Duration = Duration::from_millis(50);
/// How old a sample of a gauge may be to count as present.
const RECENT_MS: i64 = 10_000;

/// Where the lab is and what belongs to it, as far as scraping cares.
#[derive(Debug, Clone)]
pub struct Here {
    /// Where everything listens.
    pub ports: Ports,
    /// The services belong to it.
    pub with_services: bool,
    /// How the lab comes in to itself, if its ports ask for passwords.
    pub own: Option<OwnAccess>,
    /// Its targets stand in a file of the data directory; otherwise, for want of a disk, in the configuration itself.
    pub targets_in_file: bool,
}

/// The jobs of the lab; a job of the file takes the place of one of ours with the same name. Ours take nothing from the
/// section `global` of the file, whose limits are meant for the targets of the file: the dashboards would be empty. The
/// targets of the services in `wrong_jobs` get a wrong label, by fault.
pub fn config(options: &LabOptions, here: &Here, wrong_jobs: &[Service]) -> Result<ScrapeConfig, ConfigError> {
    let mut ours = ScrapeConfig::parse(&shipped(options.scrape_interval), &folder(options).join("prometheus.yml"))?;
    let theirs = options.scrape_config.as_deref().map(ScrapeConfig::read).transpose()?;
    let global = theirs.as_ref().map_or(&ours, |theirs| theirs).global.clone();
    let theirs = theirs.unwrap_or_default();
    ours.scrape_configs.retain(|ours| theirs.scrape_configs.iter().all(|theirs| theirs.job_name != ours.job_name));
    for job in &mut ours.scrape_configs {
        job.source.insert_str(0, OWN);
        job.scrape_interval = options.scrape_interval;
        job.scrape_timeout = options.scrape_interval;
        if let Some(service) = wrong_jobs.iter().find(|service| job.job_name == container_name(service)) {
            // As in a configuration that was copied from an earlier stage.
            job.relabel_configs.push(RelabelRule::constant("job", &format!("{service}-stage3")));
        }
        if !here.targets_in_file {
            job.discovery.files.clear();
            job.discovery.fixed = targets(here);
        }
        if let Some(own) = here.own.as_ref().filter(|_| job.job_name == SELF_JOB) {
            let instance = RelabelRule::constant("instance", &here.ports.target(Port::Metrics));
            let address = RelabelRule::constant("__address__", &own.address.to_string());
            job.relabel_configs.extend([instance, address]);
            let (username, password) = (own.key.name().to_owned(), own.key.password().to_owned());
            job.http.basic_auth = Some(BasicAuth::new(username, password));
        }
    }
    let mut global = global;
    global.scrape_interval = options.scrape_interval;
    global.scrape_timeout = options.scrape_interval.min(global.scrape_timeout);
    let mut config = ScrapeConfig::of_jobs(global, theirs.scrape_configs)?;
    config.scrape_configs.splice(0..0, ours.scrape_configs);
    config.expand_external_labels(variable);
    config.source = if theirs.source.is_empty() { ours.source } else { theirs.source };
    (config.notes, config.rule_files) = (theirs.notes, theirs.rule_files);
    (config.remote_write, config.alerting) = (theirs.remote_write, theirs.alerting);
    Ok(config)
}

/// The text of [`SHIPPED`] with this interval, so that it is shown as it is obeyed.
fn shipped(interval: Duration) -> String {
    let interval = duration::format(interval);
    let with = |text: &str, key: &str| text.replace(&format!("{key}: 5s"), &format!("{key}: {interval}"));
    with(&with(SHIPPED, "scrape_interval"), "scrape_timeout")
}

/// A variable of the environment as text; one that is not set is empty, as in Prometheus.
fn variable(name: &str) -> String {
    let value = std::env::var(name).unwrap_or_default();
    if value.is_empty() {
        tracing::warn!(name, "external_labels name a variable of the environment that is empty");
    }
    value
}

/// Writes the file of our targets, where [`config`] looks for it.
pub fn write_targets(options: &LabOptions, here: &Here) -> std::io::Result<()> {
    if !here.targets_in_file {
        return Ok(());
    }
    let mut text = "# Written by dicelab at each start: where this lab is, and what it scrapes.\n".to_owned();
    for TargetGroup { targets, labels } in targets(here) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- targets: {targets:?}\n  labels: {labels:?}");
    }
    let folder = folder(options).join("targets");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("lab.yml"), text)
}

/// The services and the lab itself, each with the job that keeps it.
fn targets(here: &Here) -> Vec<TargetGroup> {
    let Here { ports, with_services, .. } = *here;
    let services = Port::SERVICES.iter().filter(|_| with_services);
    let services = services.map(|port| (format!("{}-stage4", port.what()), ports.target(*port)));
    let all = services.chain([(SELF_JOB.to_owned(), ports.target(Port::Metrics))]);
    all.map(|(job, target)| TargetGroup { targets: vec![target], labels: [("job".to_owned(), job)].into() }).collect()
}

/// Where the lab keeps what stands beside `prometheus.yml`.
fn folder(options: &LabOptions) -> PathBuf {
    options.data_dir.join("prometheus")
}

/// Scrapes until no service has a request in progress, so that the last counts are in the store.
pub async fn until_idle(scraper: &Scraper, store: &MetricStore) {
    loop {
        scraper.scrape_now().await;
        if requests_in_progress(store, now_ns() / 1_000_000) == 0.0 {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The requests in progress over all services, as of the last scrape.
fn requests_in_progress(store: &MetricStore, now_ms: i64) -> f64 {
    let name = [Matcher::equal(METRIC_NAME, "http_requests_in_progress")];
    let mut sum = 0.0;
    let add_last = |_: &Labels, samples: Samples<'_>| {
        // A series that has vanished ends in a marker that is no number.
        sum += samples.floats.last().map_or(0.0, |sample| if sample.value.is_nan() { 0.0 } else { sample.value });
        Ok::<_, StoreError>(())
    };
    // Without an answer there is nothing to wait for.
    let _ = store.select(&name, (now_ms - RECENT_MS, now_ms), &Interrupt::default(), add_last);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use lab_metrics::ingest::scrape::discovery::discover;
    use lab_metrics::ingest::scrape::discovery::watch::Watch;
    use lab_metrics::ingest::scrape::target::Target;
    use std::net::Ipv4Addr;

    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        lab: LabOptions,
    }

    /// Every target as `job address`.
    fn targets(options: &LabOptions, with_services: bool, wrong_jobs: &[Service]) -> Vec<String> {
        let here = Here {
            ports: Ports::new(Ipv4Addr::LOCALHOST.into(), 1),
            with_services,
            own: None,
            targets_in_file: !options.in_memory,
        };
        write_targets(options, &here).expect("written");
        let found = discover(&config(options, &here, wrong_jobs).expect("a good configuration"), &Watch::default());
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        let target = |target: &Target| {
            ["job", "instance"].map(|label| target.endpoint.labels.get(label).unwrap_or("")).join(" ")
        };
        found.targets.values().map(target).collect()
    }

    fn options(arguments: &[&str]) -> LabOptions {
        Cli::try_parse_from([&["lab"], arguments].concat()).expect("good options").lab
    }

    #[test]
    fn our_jobs_are_shown_with_the_interval_that_they_have() {
        let here = Here {
            ports: Ports::new(Ipv4Addr::LOCALHOST.into(), 1),
            with_services: true,
            own: None,
            targets_in_file: false,
        };
        let options = options(&["--in-memory", "--scrape-interval=200ms"]);
        let config = config(&options, &here, &[]).expect("a good configuration");
        let jobs = config.scrape_configs.iter().map(|job| &job.source);
        for shown in jobs.chain([&config.source]) {
            let has = |key: &str| shown.contains(&format!("{key}: 200ms\n"));
            assert!(has("scrape_interval") && has("scrape_timeout") && !shown.contains(": 5s\n"), "{shown}");
        }
    }

    #[test]
    fn limits_of_the_file_are_for_the_jobs_of_the_file() {
        let file = std::env::temp_dir().join(format!("dicelab-limits-{}.yml", std::process::id()));
        let text = "global: {sample_limit: 5, label_limit: 3, body_size_limit: 1KB, target_limit: 1, \
            scrape_native_histograms: true, scrape_protocols: [PrometheusProto]}\nscrape_configs: [{job_name: mine}]\n";
        std::fs::write(&file, text).expect("written");
        let here = Here {
            ports: Ports::new(Ipv4Addr::LOCALHOST.into(), 1),
            with_services: true,
            own: None,
            targets_in_file: false,
        };
        let with = ["--in-memory", "--scrape-config", &file.display().to_string()].map(str::to_owned);
        let with = config(&options(&with.each_ref().map(String::as_str)), &here, &[]).expect("good");
        let without = config(&options(&["--in-memory"]), &here, &[]).expect("good");
        std::fs::remove_file(&file).expect("removed");
        let (mine, ours) = with.scrape_configs.split_last().expect("jobs");
        assert_eq!((&*mine.job_name, mine.sample_limit, mine.body_size_limit), ("mine", 5, 1 << 10));
        assert!(!mine.source.contains(OWN) && mine.source.contains("sample_limit: 5\n"), "{}", mine.source);
        assert_eq!(ours.len(), without.scrape_configs.len());
        for (with, without) in ours.iter().zip(&without.scrape_configs) {
            assert_eq!(format!("{with:?}"), format!("{without:?}"));
            assert!(with.source.starts_with(OWN) && !with.source.contains("_limit: 5"), "{}", with.source);
        }
    }

    #[test]
    fn services_the_lab_and_the_file_are_scraped() {
        let all = [
            "dice-roller-stage4 localhost:8108",
            "dicelab localhost:9091",
            "die-service-stage4 localhost:8107",
            "frontend-stage4 localhost:8109",
        ];
        let data = std::env::temp_dir().join(format!("dicelab-scrape-{}", std::process::id()));
        let data_dir = data.display().to_string();
        for arguments in [&["--data-dir", &data_dir][..], &["--in-memory"]] {
            assert_eq!(targets(&options(arguments), true, &[]), all);
            assert_eq!(targets(&options(arguments), false, &[]), [all[1]]);
            let wrong = targets(&options(arguments), true, &["frontend"]);
            assert!(wrong.contains(&"frontend-stage3 localhost:8109".to_owned()), "{wrong:?}");
            assert_eq!(wrong.len(), all.len());
        }

        let file = data.join("mine.yml").display().to_string();
        let text = "scrape_configs:\n- job_name: dicelab\n  static_configs: [{targets: ['a:1']}]\n\
            - job_name: mine\n  static_configs: [{targets: ['b:2']}]\n";
        std::fs::write(&file, text).expect("written");
        let options = options(&["--data-dir", &data_dir, "--scrape-config", &file, "--scrape-interval=200ms"]);
        assert_eq!(targets(&options, false, &[]), ["dicelab a:1", "mine b:2"]);
        std::fs::remove_dir_all(&data).expect("removed");
    }
}
