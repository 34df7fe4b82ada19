//! `GET /roll?die=NAME`: one roll.
//!
//! `{"roll":4}`; 404 unknown die, 422 no die named, 500 the die failed, 502 to 504 die-service failed.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use telemetry::http::ClientGone;
use telemetry::logs::json;
use telemetry::problem::Problem;
use telemetry::query::Params;

use crate::metrics::count::{Kind, RollCount};
use crate::roller::Roller;
use crate::rolling::roll;
use crate::rolling::roll::RollEnd;
use crate::spans;

#[derive(Debug, Serialize)]
pub(super) struct Rolled {
    roll: i64,
}

pub(super) async fn roll(
    State(roller): State<Arc<Roller>>,
    gone: ClientGone,
    mut params: Params,
) -> Result<Json<Rolled>, Problem> {
    let name = params.required("die", |die| Ok(die.to_owned()));
    let (name,) = params.finish((name,))?;
    let fates = roller.next_request();
    tracing::info!(die_type = name, "Roll request received");
    spans::die_asked_for(&name);

    let die = roller.dice.find(&name, gone.token()).await?;
    let count = RollCount::begin(Arc::clone(&die.metrics), Kind::Single);
    spans::die_found(&die.specification);
    let ended = roll::roll(fates.decide(&name, &die.specification, 0), gone.token()).await;
    roller.metrics.rolled(ended.end, ended.ended - ended.began);
    count.end(ended.end);

    match ended.end {
        RollEnd::Success(face) => {
            spans::rolled(face);
            tracing::info!(
                die_type = name,
                roll_value = face,
                faces = json(die.specification.faces()),
                "Roll completed"
            );
            Ok(Json(Rolled { roll: face }))
        }
        RollEnd::Error => {
            let failure = die.failure();
            spans::failed(&failure);
            tracing::error!(
                die_type = name,
                error_rate = die.specification.error_rate(),
                "Die triggered error condition"
            );
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, failure))
        }
        RollEnd::Cancelled => {
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The request was cancelled while its die was rolling"))
        }
    }
}
