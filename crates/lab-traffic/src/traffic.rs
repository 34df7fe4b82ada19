//! `dicelab traffic`: telemetry, users, summary.

pub mod gate;
pub mod generator;
pub mod options;
pub mod orders;
mod pacing;
pub mod pattern;
pub mod report;

use std::io::{self, Write as _};
use std::time::Duration;

use prometheus_client::registry::Registry;
use telemetry::config::{Config, ConfigErrors, Overrides};
use telemetry::{Identity, InitError, Telemetry};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::filter::Targets;

use crate::client::{Clock, Target};
use crate::ledger::{LedgerError, LedgerWriter};
use crate::output::progress::Progress;
use crate::output::verdict::Verdict;
use crate::values::PortError;
use gate::Gate;
use generator::RunSummary;
use options::{Plan, TrafficArgs};

/// The generator's name in spans and log lines.
const IDENTITY: Identity =
    Identity { name: "traffic-generator-stage4", version: env!("CARGO_PKG_VERSION"), targets: &["lab_traffic"] };
/// How long spans and lines may take to leave at the end.
const FLUSH_GRACE: Duration = Duration::from_secs(2);

/// Why traffic could not be made, or not be accounted for.
#[derive(Debug, thiserror::Error)]
pub enum TrafficError {
    /// The default address is none.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The environment says something about telemetry that makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// Telemetry cannot start.
    #[error(transparent)]
    Telemetry(#[from] InitError),
    /// The ledger is not complete.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The summary cannot be written.
    #[error("cannot write the summary: {0}")]
    Output(#[source] io::Error),
}

/// Makes traffic until its end or `shutdown`, as far as the gate lets it. The summary goes to stdout, progress to stderr; with
/// `--log-json` stdout has JSON log lines alone, the summary among them, and there is no progress.
/// Bad, if not one request was answered.
pub async fn run(
    args: &TrafficArgs,
    port_offset: u16,
    clock: Clock,
    gate: &Gate,
    shutdown: &CancellationToken,
) -> Result<Verdict, TrafficError> {
    let plan = args.plan(port_offset)?;
    let ledger = plan.ledger.as_deref().map(LedgerWriter::create).transpose()?;
    let mut config = telemetry_config(&plan)?;
    if !args.log_json {
        config.log_filter = Targets::default();
    }
    let exports = config.exporter.is_some();
    let telemetry = Telemetry::init(IDENTITY, &config, &mut Registry::default())?;
    let target = Target::new(plan.frontend.clone(), plan.timeout, clock);

    tracing::info!(
        users = plan.pattern.users,
        seed = plan.pattern.seed,
        frontend = %plan.frontend,
        "Traffic generator starting up"
    );
    let mut progress =
        if args.log_json { Progress::silent() } else { Progress::on_stderr(generator::planned_requests(&plan)) };
    let ran = generator::run(&plan, &target, gate, ledger, &mut progress, shutdown).await;
    drop(progress);
    if let Ok(summary) = &ran {
        log_summary(summary);
    }
    let flushed = tokio::task::spawn_blocking(move || telemetry.shutdown(FLUSH_GRACE)).await;
    let summary = ran?;

    if !args.log_json {
        writeln!(io::stdout(), "{}", report::render(&plan, &summary)).map_err(TrafficError::Output)?;
        if let Ok(flushed) = flushed
            && exports
            && flushed.spans_dropped > 0
        {
            let _ = writeln!(
                io::stderr(),
                "{} spans could not be delivered to {}",
                flushed.spans_dropped,
                plan.otlp_endpoint
            );
        }
    }
    let stats = &summary.stats;
    let answered = stats.endpoints.iter().any(|endpoint| endpoint.answered.is_some());
    Ok(if stats.requests == 0 || answered { Verdict::Good } else { Verdict::Bad })
}

/// Spans go where `--otlp-endpoint` or the environment says, else to the lab at its usual place.
fn telemetry_config(plan: &Plan) -> Result<Config, ConfigErrors> {
    let endpoint = Some(plan.otlp_endpoint.to_string());
    let overrides = if plan.otlp_endpoint_given {
        Overrides { otlp_endpoint: endpoint, ..Overrides::default() }
    } else {
        Overrides { fallback_otlp_endpoint: endpoint, ..Overrides::default() }
    };
    Config::from_env(&IDENTITY, &overrides)
}

fn log_summary(summary: &RunSummary) {
    let stats = &summary.stats;
    tracing::info!(
        requests = stats.requests,
        failed = stats.failed,
        not_sent = stats.not_sent,
        duration = summary.elapsed.as_secs_f64(),
        "Traffic completed"
    );
}
