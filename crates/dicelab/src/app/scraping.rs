//! What the lab scrapes: the three services, itself, and whatever `--scrape-config` adds.

use std::time::Duration;

use lab_metrics::MetricStore;
use lab_metrics::scrape::Scraper;
use lab_metrics::scrape::config::{ConfigError, GlobalConfig, JobConfig, ScrapeConfig};
use lab_metrics::store::error::StoreError;
use lab_model::labels::METRIC_NAME;
use lab_model::{Interrupt, Labels, Matcher, Sample};

use crate::app::clock::now_ns;
use crate::options::lab::LabOptions;
use crate::ports::{Port, Ports};

/// The job of the lab itself.
const SELF_JOB: &str = "dicelab";
/// Between two looks whether requests are in progress.
const PAUSE: Duration = Duration::from_millis(50);
/// How old a sample of a gauge may be to count as present.
const RECENT_MS: i64 = 10_000;

/// The jobs of the lab; a job of the file takes the place of one of ours with the same name.
pub fn config(options: &LabOptions, ports: Ports, with_services: bool) -> Result<ScrapeConfig, ConfigError> {
    let from_file = options.scrape_config.as_deref().map(ScrapeConfig::read).transpose()?.unwrap_or_default();
    let services = Port::SERVICES.iter().filter(|_| with_services);
    let mut jobs: Vec<JobConfig> = services
        .map(|port| JobConfig::with_targets(format!("{}-stage4", port.what()), [ports.target(*port)]))
        .chain([JobConfig::with_targets(SELF_JOB, [ports.target(Port::Metrics)])])
        .filter(|ours| from_file.scrape_configs.iter().all(|theirs| theirs.job_name != ours.job_name))
        .collect();
    for job in &mut jobs {
        job.scrape_interval = options.scrape_interval;
        job.scrape_timeout = options.scrape_interval;
    }
    jobs.extend(from_file.scrape_configs);
    let global = GlobalConfig {
        scrape_interval: options.scrape_interval,
        scrape_timeout: options.scrape_interval.min(from_file.global.scrape_timeout),
        ..from_file.global
    };
    ScrapeConfig::of_jobs(global, jobs)
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
    let add_last = |_: &Labels, samples: &[Sample]| {
        // A series that has vanished ends in a marker that is no number.
        sum += samples.last().map_or(0.0, |sample| if sample.value.is_nan() { 0.0 } else { sample.value });
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
    use std::net::Ipv4Addr;

    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        lab: LabOptions,
    }

    fn jobs(arguments: &[&str], with_services: bool) -> Vec<String> {
        let options = Cli::try_parse_from([&["lab"], arguments].concat()).expect("good options").lab;
        let ports = Ports::new(Ipv4Addr::LOCALHOST.into(), 1);
        let config = config(&options, ports, with_services).expect("a good configuration");
        let target = |job: &JobConfig| format!("{} {}", job.job_name, job.static_configs[0].targets[0]);
        config.scrape_configs.iter().map(target).collect()
    }

    #[test]
    fn services_the_lab_and_the_file_are_scraped() {
        let all = [
            "die-service-stage4 localhost:8107",
            "dice-roller-stage4 localhost:8108",
            "frontend-stage4 localhost:8109",
        ];
        assert_eq!(jobs(&[], true), [&all[..], &["dicelab localhost:9091"]].concat());
        assert_eq!(jobs(&["--scrape-interval=200ms"], false), ["dicelab localhost:9091"]);

        let file = std::env::temp_dir().join(format!("dicelab-scrape-{}.yml", std::process::id()));
        let text = "scrape_configs:\n- job_name: dicelab\n  static_configs: [{targets: ['a:1']}]\n\
            - job_name: mine\n  static_configs: [{targets: ['b:2']}]\n";
        std::fs::write(&file, text).expect("written");
        let named = file.display().to_string();
        assert_eq!(jobs(&["--scrape-config", &named], false), ["dicelab a:1", "mine b:2"]);
        std::fs::remove_file(&file).expect("removed");
    }
}
