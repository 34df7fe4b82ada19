//! `query`, `query_range`: the values of an expression, at one time or at many.

use std::time::{Duration, Instant};

use axum::extract::State;
use lab_metrics::MetricStore;
use lab_metrics::promql::engine;
use lab_metrics::promql::params::{CountSamples, EvalParams, EvalTime, MAX_POINTS};
use lab_metrics::promql::value::Value;
use lab_model::Grant;

use crate::params::{self, Params};
use crate::prometheus::answer::envelope::{self, Answer};
use crate::prometheus::answer::value;
use crate::prometheus::error::{ErrorType, PrometheusError};
use crate::prometheus::params::{limit, query, time, time_or};
use crate::prometheus::query::cost;
use crate::prometheus::query::evaluator::TIMEOUT;
use crate::prometheus::state::PrometheusState;

/// `/api/v1/query`: `query`, `time` (now), `timeout`, `limit`, `lookback_delta`, `stats`.
pub(crate) async fn instant(State(state): State<PrometheusState>, params: Params) -> Answer {
    let limit = limit(&params)?;
    let at = time_or(&params, "time", state.clock.now_ms())?;
    evaluate(&state, &params, EvalParams::instant(at), limit).await
}

/// `/api/v1/query_range`: `query`, `start`, `end`, `step`, `timeout`, `limit`, `lookback_delta`, `stats`.
pub(crate) async fn range(State(state): State<PrometheusState>, params: Params) -> Answer {
    let limit = limit(&params)?;
    let (start, end) = (time(&params, "start")?, time(&params, "end")?);
    if end < start {
        return Err(PrometheusError::parameter("end", "end timestamp must not be before start time"));
    }
    let step = params.get("step").unwrap_or_default();
    let step = params::duration_ms(step)
        .ok_or_else(|| PrometheusError::parameter("step", format!("cannot parse {step:?} to a valid duration")))?;
    if step <= 0 {
        let reason = "zero or negative query resolution step widths are not accepted. Try a positive integer";
        return Err(PrometheusError::parameter("step", reason));
    }
    if (i128::from(end) - i128::from(start)) / i128::from(step) > i128::from(MAX_POINTS) {
        let message = "exceeded maximum resolution of 11,000 points per timeseries. \
                       Try decreasing the query resolution (?step=XX)";
        return Err(PrometheusError::new(ErrorType::BadData, message));
    }
    evaluate(&state, &params, EvalParams::range(start, end, step), limit).await
}

async fn evaluate(state: &PrometheusState, params: &Params, mut eval: EvalParams, limit: usize) -> Answer {
    eval.delayed_name_removal = state.about.delayed_name_removal;
    let timeout = match params.get("timeout") {
        Some(text) => {
            let ms = params::duration_ms(text).filter(|ms| *ms >= 0).ok_or_else(|| {
                PrometheusError::parameter("timeout", format!("cannot parse {text:?} to a valid duration"))
            })?;
            Duration::from_millis(ms as u64)
        }
        None => TIMEOUT,
    };
    if let Some(text) = params.get("lookback_delta") {
        let asked = params::duration_ms(text).ok_or_else(|| {
            let reason = format!("error parsing lookback delta duration: cannot parse {text:?} to a valid duration");
            PrometheusError::new(ErrorType::BadData, reason)
        })?;
        // Nothing and less than nothing mean the usual one, as in Prometheus.
        if asked > 0 {
            eval.lookback = asked;
        }
    }
    if timeout.is_zero() {
        return Err(PrometheusError::parameter("query", "context deadline exceeded"));
    }
    let query = query(params).map_err(|reason| PrometheusError::parameter("query", reason))?.to_owned();
    let stats = params.get("stats").unwrap_or_default();
    eval.count_samples = match stats {
        "" => CountSamples::No,
        "all" => CountSamples::AtEachStep,
        _ => CountSamples::InAll,
    };
    let warning = cost::warning(stats);
    let (asked, with_stats) = (Instant::now(), !stats.is_empty());
    let at = match eval.time {
        EvalTime::Instant(at) => at,
        EvalTime::Range { end, .. } => end,
    };
    let question = move |store: &MetricStore, grant: &Grant| {
        let began = Instant::now();
        let mut evaluation = engine::evaluate(store, &query, &eval, grant)?;
        let cost = cost::Cost { stats: &evaluation.stats, waited: began - asked, took: began.elapsed() };
        let cost = with_stats.then(|| cost::shown(&cost, eval.time).to_string());
        evaluation.warnings.extend(warning);
        if limit > 0 && truncate(&mut evaluation.value, limit) {
            evaluation.warnings.push(envelope::CUT.to_owned());
        }
        grant.memory.take(value::length(&evaluation.value))?;
        let data = |out: &mut String| {
            out.push('{');
            value::value(out, &evaluation.value, at);
            if let Some(cost) = cost {
                out.push_str(r#","stats":"#);
                out.push_str(&cost);
            }
            out.push('}');
        };
        Ok(envelope::around(data, &evaluation.warnings, &evaluation.infos))
    };
    state.evaluator.ask(timeout, question).await.map(envelope::response)
}

/// Cuts a value down to `limit` series; true if something went.
fn truncate(value: &mut Value, limit: usize) -> bool {
    let before = match value {
        Value::Vector(points) => points.len(),
        Value::Matrix(series) => series.len(),
        Value::Scalar(_) | Value::String(_) => 0,
    };
    match value {
        Value::Vector(points) => points.truncate(limit),
        Value::Matrix(series) => series.truncate(limit),
        Value::Scalar(_) | Value::String(_) => {}
    }
    before > limit
}
