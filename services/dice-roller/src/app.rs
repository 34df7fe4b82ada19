//! The API of dice-roller.
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /` | what the service is and how it is set |
//! | `GET /roll?die=fair` | one roll: [`roll`] |
//! | `GET /roll-async?die=fair&times=10&strategy=all` | a batch of concurrent rolls: [`roll_async`] |

pub mod roll;
pub mod roll_async;

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use crate::roller::Roller;
use telemetry::Strategy;

pub fn routes(roller: Arc<Roller>) -> Router {
    Router::new()
        .route("/", get(about))
        .route("/roll", get(roll::roll))
        .route("/roll-async", get(roll_async::roll_async))
        .with_state(roller)
}

#[derive(Debug, Serialize)]
struct About {
    service: &'static str,
    version: &'static str,
    stage: &'static str,
    endpoints: [&'static str; 2],
    max_delay_seconds: f64,
    max_batch: usize,
    strategies: [&'static str; 3],
}

async fn about(State(roller): State<Arc<Roller>>) -> Json<About> {
    Json(About {
        service: crate::identity::IDENTITY.name,
        version: crate::identity::IDENTITY.version,
        stage: "4",
        endpoints: ["/roll", "/roll-async"],
        max_delay_seconds: roller.max_delay.as_secs_f64(),
        max_batch: roller.max_batch,
        strategies: Strategy::ALL.map(Strategy::name),
    })
}
