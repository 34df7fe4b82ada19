//! Rolls one die, or a batch of dice concurrently.
//!
//! | Room | What it holds |
//! |---|---|
//! | [`args`] | the options |
//! | [`mod@app`] | the endpoints: `/`, `/roll`, `/roll-async` |
//! | [`dice`] | what a die is, and the lookup at die-service |
//! | [`rolling`] | what happens to a roll, a function of the seed; one roll; n rolls at the same time |
//! | [`roller`] | what the endpoints share |
//! | [`metrics`], [`spans`] | what is counted, and what spans say |

pub mod app;
pub mod args;
pub mod dice;
mod identity;
pub mod metrics;
pub mod roller;
pub mod rolling;
pub mod spans;

use std::sync::Arc;

use axum::Router;
use telemetry::service::{self, ServiceError, Setup};

pub use args::Args;
use dice::lookup::Dice;
pub use identity::IDENTITY;
use metrics::families::Metrics;
use roller::Roller;

/// Runs the service until it is told to stop.
pub fn run(args: &Args) -> Result<(), ServiceError> {
    service::run(IDENTITY, &args.service, |setup| Ok(app(args, setup)))
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
