//! `GET /`: the page. With a `die` among the parameters, as its form sends them, it rolls before it answers.
//!
//! Such a roll is one of the API's: it goes through the same function and counts as `/roll` or `/roll-async` in
//! `frontend_requests_total` and `async_roll_requests_total`. Only the `http_*` metrics and the SERVER span say `/`.
//! The page has the status that the API would have answered.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, StatusCode};
use telemetry::http::ClientGone;
use telemetry::problem::Problem;
use telemetry::query::Params;
use telemetry::traces::SpanIds;

use crate::app::state::Frontend;
use crate::page::table::{Shown, Trace};
use crate::page::{Form, View};
use crate::request::RollRequest;
use crate::rolling::{RollResult, Rolled};

/// The checkbox "Use async rolling".
const ASYNC: &str = "async";

pub(super) async fn home(State(frontend): State<Arc<Frontend>>, gone: ClientGone, params: Params) -> Response {
    let form = form(&params);
    // The list and the roll do not wait for each other.
    let (dice, outcome) = tokio::join!(frontend.list(&gone), frontend.roll_from_form(params, &gone));
    let status = outcome.as_ref().and_then(|rolled| rolled.as_ref().err()).map_or(StatusCode::OK, Problem::status);
    let shown = outcome.map(|rolled| rolled.map_or_else(|problem| refused(&problem), shown));

    let dice_problem = dice.as_ref().err().map(|reason| format!("The list of dice may be out of date: {reason}."));
    let names = dice.unwrap_or_else(|_| frontend.rolling.dice.names());
    let trace_id = SpanIds::current().map(|ids| ids.trace_id_hex().to_string()).unwrap_or_default();
    let trace = Trace { url: frontend.trace_url.of(&trace_id), id: trace_id };
    let nonce = format!("{:032x}", rand::random::<u128>());
    let view = View {
        dice: &names,
        dice_problem: dice_problem.as_deref(),
        form: &form,
        max_batch: frontend.max_batch,
        shown: shown.as_ref(),
        trace: &trace,
        nonce: &nonce,
    };
    (status, headers(&nonce), view.to_string()).into_response()
}

impl Frontend {
    async fn list(&self, gone: &ClientGone) -> Result<Arc<[String]>, String> {
        tokio::select! {
            dice = self.rolling.dice.fetch() => dice,
            () = gone.cancelled() => Err("the request was cancelled".to_owned()),
        }
    }

    /// `None` if the form was not sent.
    async fn roll_from_form(&self, params: Params, gone: &ClientGone) -> Option<Result<Rolled, Problem>> {
        if !params.contains("die") {
            return None;
        }
        let request = if params.contains(ASYNC) {
            RollRequest::batch(params, self.max_batch)
        } else {
            RollRequest::single(params)
        };
        Some(match request {
            Ok(request) => self.rolling.roll(&request, gone.token()).await,
            Err(problem) => Err(problem),
        })
    }
}

/// The form as it was sent; what was not sent is as on the first visit.
fn form(params: &Params) -> Form {
    let value = |name| params.clone().optional(name, |text| Ok(text.to_owned())).flatten();
    let fresh = Form::default();
    Form {
        die: value("die").unwrap_or(fresh.die),
        batch: params.contains(ASYNC),
        times: value("times").unwrap_or(fresh.times),
        strategy: value("strategy").unwrap_or(fresh.strategy),
    }
}

fn shown(rolled: Rolled) -> Shown {
    match rolled.result {
        RollResult::One(answer) => Shown::One { face: answer.roll },
        RollResult::Batch(answer) => Shown::Batch { rolls: answer.rolls, total: answer.total, timing: rolled.timing },
    }
}

fn refused(problem: &Problem) -> Shown {
    let title = match problem.status() {
        StatusCode::NOT_FOUND => "There is no such die",
        StatusCode::UNPROCESSABLE_ENTITY => "Please check the form",
        StatusCode::INTERNAL_SERVER_ERROR => "The roll failed",
        StatusCode::GATEWAY_TIMEOUT => "That took too long",
        _ => "A service is missing",
    };
    Shown::Refused {
        status: problem.status().as_u16(),
        title: title.to_owned(),
        detail: problem.detail().to_owned(),
        mistakes: problem.errors().iter().map(|wrong| (wrong.param.clone(), wrong.message.clone())).collect(),
    }
}

/// Nothing but the page's own inline style may load, and nobody may frame it.
fn headers(nonce: &str) -> [(HeaderName, String); 5] {
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    [
        (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, "no-store".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (REFERRER_POLICY, "same-origin".to_owned()),
    ]
}
