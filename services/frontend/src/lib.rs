//! The page and the public API of the dice roller.
//!
//! | Room | What it holds |
//! |---|---|
//! | [`args`] | the options |
//! | [`mod@app`] | the endpoints: `/`, `/roll`, `/roll-async` |
//! | [`request`] | what can be asked |
//! | [`rolling`] | the one way to roll |
//! | [`backend`], [`answer`] | dice-roller: the call, and what it answers |
//! | [`dice`] | the list of dice at die-service |
//! | [`page`] | HTML |
//! | [`metrics`] | what is counted |

pub mod answer;
pub mod app;
pub mod args;
pub mod backend;
pub mod dice;
pub mod metrics;
pub mod page;
pub mod request;
pub mod rolling;

use std::sync::Arc;

use axum::Router;
use telemetry::Identity;
use telemetry::client::Client;
use telemetry::service::{self, ServiceError, Setup};

use app::state::Frontend;
pub use args::Args;
use backend::Backend;
use dice::Dice;
use metrics::families::Metrics;
use rolling::Rolling;

/// Who this service is.
pub const IDENTITY: Identity =
    Identity { name: "frontend", version: env!("CARGO_PKG_VERSION"), targets: &[env!("CARGO_CRATE_NAME")] };

/// Runs the service until it is told to stop.
pub fn run(args: &Args) -> Result<(), ServiceError> {
    service::run(IDENTITY, &args.service, |setup| Ok(app(args, setup)))
}

/// The routes, without the layers that every service has; starts the tasks that watch the other services.
pub fn app(args: &Args, setup: &mut Setup) -> Router {
    tracing::info!("Frontend API starting up");
    let max_batch = usize::from(args.max_batch);
    let metrics = Arc::new(Metrics::register(&mut setup.registry, max_batch));
    let client = Client::new();
    let backend = Arc::new(Backend::new(client.clone(), args.dice_roller_url.clone(), args.backend_timeout()));
    let dice = Dice::new(client, args.die_service_url.clone(), args.die_service_timeout, Arc::clone(&metrics));
    let dice = Arc::new(dice);

    let (known, die_service, stopping) =
        (Arc::clone(&dice), setup.readiness.condition("die-service"), setup.stopping.clone());
    let every = args.dice_refresh;
    setup.tasks.spawn(async move { known.keep_fresh(every, die_service, &stopping).await });
    let (waiting, dice_roller, stopping) =
        (Arc::clone(&backend), setup.readiness.condition("dice-roller"), setup.stopping.clone());
    setup.tasks.spawn(async move { waiting.wait(dice_roller, &stopping).await });

    let rolling = Rolling { dice, backend, metrics };
    app::routes(Arc::new(Frontend { rolling, max_batch, trace_url: args.trace_url_template.clone() }))
}
