//! Metrics of the sources that are asked for targets, under the names that Prometheus gives to its own.

use std::fmt;
use std::sync::Arc;

use lab_metrics::ingest::scrape::discovery::watch::SourceReport;
use lab_metrics::ingest::scrape::scraper::Scraper;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::parts::targets::sending::Sending;

/// Encodes how the sources of targets and of Alertmanagers have been.
#[derive(Debug)]
pub struct DiscoveryMetrics {
    /// Asks sources for targets.
    pub scraper: Arc<Scraper>,
    /// Asks sources for Alertmanagers.
    pub sending: Arc<Sending>,
}

impl Collector for DiscoveryMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut reports = self.scraper.sources();
        reports.extend(self.sending.notifier().sources());
        if reports.is_empty() {
            return Ok(());
        }
        let reports = by_config(reports);
        for (name, help, value) in [
            ("prometheus_sd_refresh", "Refreshes of service discovery", asked as fn(&SourceReport) -> u64),
            ("prometheus_sd_refresh_failures", "Refreshes of service discovery that failed", failed),
        ] {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for report in &reports {
                let labels = [("mechanism", report.mechanism), ("config", report.config.as_str())];
                ConstCounter::new(value(report)).encode(family.encode_family(&labels)?)?;
            }
        }
        let (name, help) =
            ("prometheus_sd_discovered_targets", "Targets found by the last refresh of service discovery");
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for report in &reports {
            let labels = [("mechanism", report.mechanism), ("config", report.config.as_str())];
            ConstGauge::new(report.targets as f64).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

fn asked(report: &SourceReport) -> u64 {
    report.asked
}

fn failed(report: &SourceReport) -> u64 {
    report.failed
}

/// Adds up the sources of the same kind that serve the same part of the configuration.
fn by_config(reports: Vec<SourceReport>) -> Vec<SourceReport> {
    let mut sums: Vec<SourceReport> = Vec::new();
    for report in reports {
        let same = |sum: &&mut SourceReport| sum.mechanism == report.mechanism && sum.config == report.config;
        match sums.iter_mut().find(same) {
            Some(sum) => {
                sum.asked += report.asked;
                sum.failed += report.failed;
                sum.targets += report.targets;
            }
            None => sums.push(report),
        }
    }
    sums
}
