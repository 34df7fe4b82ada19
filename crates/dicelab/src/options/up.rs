//! The whole: services, lab and traffic.

use std::path::PathBuf;
use std::time::Duration;

use telemetry::client::BaseUrl;

use crate::faults::LabFault;
use crate::options::common::Common;
use crate::options::lab::LabOptions;
use crate::options::value::duration;

/// Help of `--fault`.
const FAULTS: &str = "Inject a fault, as `docs/guide/exercises.md` explains: drop-spans=[SERVICE:]SHARE, \
    drop-logs=…, duplicate-logs=…, wrong-job=SERVICE, lose-context=SERVICE, clock-skew=SERVICE:[-]DURATION, \
    double-count[=METRIC], blocking, slow=SERVICE:DURATION, crash=SERVICE[:EVERY], stall-backend[=DURATION]; \
    may be repeated";

/// Options of `dicelab up`.
#[derive(Debug, Clone, clap::Args)]
pub struct UpOptions {
    /// Start no traffic
    #[arg(long)]
    pub no_traffic: bool,
    /// Start no lab: services and traffic only, for an observability stack of your own
    #[arg(long)]
    pub no_lab: bool,
    /// Send spans here instead of to the lab (OTLP over HTTP)
    #[arg(long, value_name = "URL")]
    pub otlp_endpoint: Option<BaseUrl>,
    /// Faults that are on from the start.
    #[arg(long, value_name = "NAME=VALUE", value_delimiter = ',', help = FAULTS)]
    pub fault: Vec<LabFault>,
    /// The services' own options.
    #[command(flatten)]
    pub services: ServiceOptions,
    /// The lab's options.
    #[command(flatten)]
    pub lab: LabOptions,
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
}

/// What `up` passes on to the services.
#[derive(Debug, Clone, clap::Args)]
pub struct ServiceOptions {
    /// Longest delay before a roll, uniform from 0; 0 switches delays off
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = duration)]
    pub max_delay: Duration,
    /// Refuse batches of more than N rolls
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub max_batch: u16,
    /// Seed of the dice: the same number gives the same delays, faces and failures
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Die specifications, a JSON object; read again when it changes
    #[arg(long, value_name = "FILE")]
    pub dice_file: Option<PathBuf>,
}
