//! Rolls one die, or a batch of dice concurrently.
//!
//! | Room | What it holds |
//! |---|---|
//! | [`args`] | the options |
//! | [`mod@app`] | the endpoints: `/`, `/roll`, `/roll-async` |
//! | [`dice`], [`die`] | the lookup at die-service; what a die is |
//! | [`fate`] | what happens to a roll: a function of the seed |
//! | [`roll`], [`batch`] | one roll; n rolls at the same time, and the three strategies |
//! | [`metrics`], [`spans`] | what is counted, and what spans say |

pub mod app;
pub mod args;
pub mod batch;
pub mod dice;
pub mod die;
pub mod fate;
pub mod metrics;
pub mod roll;
pub mod roller;
pub mod spans;

use std::sync::Arc;

use axum::Router;
use telemetry::Identity;
use telemetry::service::{self, ServiceError, Setup};

pub use args::Args;
use dice::Dice;
use metrics::Metrics;
use roller::Roller;

/// Who this service is.
pub const IDENTITY: Identity =
    Identity { name: "dice-roller", version: env!("CARGO_PKG_VERSION"), targets: &[env!("CARGO_CRATE_NAME")] };

/// Runs the service until it is told to stop.
pub fn run(args: &Args) -> Result<(), ServiceError> {
    service::run(IDENTITY, &args.service, async |setup| Ok(app(args, setup)))
}

/// The routes, without the layers that every service has; starts the task that waits for die-service.
pub fn app(args: &Args, setup: &mut Setup) -> Router {
    tracing::info!("Dice Roller API starting up");
    let max_batch = usize::from(args.max_batch);
    let metrics = Arc::new(Metrics::register(&mut setup.registry, max_batch));
    let dice = Dice::new(args.die_service_url.clone(), args.die_service_timeout, Arc::clone(&metrics));
    let seed = args.seed.unwrap_or_else(rand::random);
    let roller = Arc::new(Roller::new(dice, metrics, max_batch, args.max_delay, seed));

    let (waiting, die_service, stopping) =
        (Arc::clone(&roller), setup.readiness.condition("die-service"), setup.stopping.clone());
    setup.tasks.spawn(async move { waiting.dice.learn(die_service, &stopping).await });
    app::routes(roller)
}
