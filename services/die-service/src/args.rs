//! The options of the service, and its start.

use std::path::PathBuf;

use telemetry::logs::json;
use telemetry::service::args::ServiceArgs;
use telemetry::service::{self, ServiceError};
use tracing::info;

use crate::app::routes;
use crate::catalogue::Catalogue;
use crate::identity::IDENTITY;
use crate::metrics::DieMetrics;
use crate::specification::Specifications;
use crate::watch;

/// `dicelab service die-service`
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// What every service has.
    #[command(flatten)]
    pub service: ServiceArgs,

    /// JSON file with the die specifications, reloaded when it changes; default: fair and risky, built in
    #[arg(long, env = "DICELAB_DICE_FILE", value_name = "FILE")]
    pub dice_file: Option<PathBuf>,
}

/// Runs the service until it is told to stop. A dice file that is missing or wrong stops the start.
pub fn run(args: &Args) -> Result<(), ServiceError> {
    service::run(IDENTITY, &args.service, |setup| {
        info!("Die Service API starting up");
        let specifications = match &args.dice_file {
            Some(path) => Specifications::load(path)?,
            None => Specifications::built_in(),
        };
        info!(
            count = specifications.len(),
            identifiers = json(&specifications.identifiers()),
            "Die specifications loaded"
        );
        let metrics = DieMetrics::register(&mut setup.registry);
        let catalogue = Catalogue::new(specifications, metrics);
        if let Some(path) = &args.dice_file {
            setup.tasks.spawn(watch::reload_on_change(path.clone(), catalogue.clone(), setup.stopping.clone()));
        }
        Ok(routes(catalogue))
    })
}
