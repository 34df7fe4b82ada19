//! The embedded lab: what it keeps and where it listens.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use http_door::guard::origin::Origin;
use lab_api::otlp::signals::metrics::delta::Delta;
use lab_api::otlp::signals::metrics::exponential::Exponential;

use crate::options::collect::CollectOptions;
use crate::options::value::{budget, duration, positive_duration};

/// Options of the embedded lab.
#[derive(Debug, Clone, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that is given or not")]
pub struct LabOptions {
    /// Keep metrics, logs and traces in this directory
    #[arg(long, value_name = "DIR", default_value = ".dicelab")]
    pub data_dir: PathBuf,
    /// Keep everything in memory, write nothing to disk
    #[arg(long)]
    pub in_memory: bool,
    /// Memory for telemetry; beyond it the oldest is evicted and counted
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = budget)]
    pub max_memory: u64,
    /// Disk for telemetry; beyond it the oldest is evicted and counted
    #[arg(long, value_name = "SIZE", default_value = "2GiB", value_parser = budget)]
    pub max_disk: u64,
    /// Delete telemetry that is older than this
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = positive_duration)]
    pub retention: Duration,
    /// How often targets are scraped
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = positive_duration)]
    pub scrape_interval: Duration,
    /// Scrape also the targets of this file and evaluate its `rule_files`, in Prometheus' format
    #[arg(long, value_name = "FILE")]
    pub scrape_config: Option<PathBuf>,
    /// Evaluate the rules of this file, in Prometheus' format, instead of ours; may be repeated
    #[arg(long, value_name = "FILE")]
    pub rules: Vec<PathBuf>,
    /// Evaluate the rules of this file, whose queries are in LogQL; may be repeated
    #[arg(long, value_name = "FILE")]
    pub log_rules: Vec<PathBuf>,
    /// Show also the dashboards of this directory, Grafana's JSON
    #[arg(long, value_name = "DIR")]
    pub dashboards: Option<PathBuf>,
    /// Let `/api/v1/admin/tsdb/*` delete series and make snapshots
    #[arg(long)]
    pub enable_admin_api: bool,
    /// Remove metric names at the end of a PromQL query, not in each function (Prometheus' delayed name removal)
    #[arg(long)]
    pub promql_delayed_name_removal: bool,
    /// Accept a sample up to this much older than the newest one of its series
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = duration)]
    pub out_of_order_window: Duration,
    /// Refuse pushed lines that are older than this
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = positive_duration)]
    pub oldest_line: Duration,
    /// Log lines that the lab collects by itself.
    #[command(flatten)]
    pub collect: CollectOptions,
    /// What becomes of metrics that come by OTLP as differences (delta temporality)
    #[arg(long, value_name = "HOW", default_value = "cumulative")]
    pub otlp_delta: OtlpDelta,
    /// What exponential histograms become that come by OTLP
    #[arg(long, value_name = "HOW", default_value = "native")]
    pub otlp_exponential: OtlpExponential,
    /// Series that metrics of spans may have; what goes beyond is counted under `__overflow__`
    #[arg(long, value_name = "NUMBER", default_value_t = lab_traces::span_metrics::config::MAX_SERIES)]
    pub max_span_series: usize,
    /// Make this attribute of spans or their resource a label of `traces_spanmetrics_*`; may be repeated
    #[arg(long, value_name = "ATTRIBUTE")]
    pub span_dimension: Vec<String>,
    /// Give metrics of spans the buckets that Tempo's have by default, instead of those of `deploy/tempo`
    #[arg(long)]
    pub tempo_span_buckets: bool,
    /// Listen on this address; any but loopback opens the lab to others
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub bind: IpAddr,
    /// Ask the clients of the lab's ports for TLS and passwords, as this file says, in Prometheus' format
    #[arg(long, value_name = "FILE")]
    pub web_config: Option<PathBuf>,
    /// Answer requests for this host name too, besides localhost and addresses; may be repeated
    #[arg(long, value_name = "HOST")]
    pub allowed_host: Vec<String>,
    /// Let web pages of this origin, such as `http://localhost:5173`, read and send telemetry; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    pub cors_origin: Vec<Origin>,
}

/// What becomes of metrics that come by OTLP as differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OtlpDelta {
    Cumulative,
    Refuse,
}

impl From<OtlpDelta> for Delta {
    fn from(delta: OtlpDelta) -> Self {
        match delta {
            OtlpDelta::Cumulative => Self::Cumulative,
            OtlpDelta::Refuse => Self::Refuse,
        }
    }
}

/// What exponential histograms become that come by OTLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OtlpExponential {
    Native,
    Classic,
}

impl From<OtlpExponential> for Exponential {
    fn from(exponential: OtlpExponential) -> Self {
        match exponential {
            OtlpExponential::Native => Self::Native,
            OtlpExponential::Classic => Self::Classic,
        }
    }
}
