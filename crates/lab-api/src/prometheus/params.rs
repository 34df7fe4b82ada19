//! Parameters of Prometheus' endpoints: times, limits and selectors, with Prometheus' error texts.

use lab_metrics::selector;
use lab_model::Matcher;

use crate::params::{self, Params};
use crate::prometheus::error::{ErrorType, PrometheusError};

/// The matchers of every `match[]`.
pub(crate) fn selectors(params: &Params) -> Result<Vec<Vec<Matcher>>, PrometheusError> {
    params.all("match[]").map(|text| selector_of("match[]", text)).collect()
}

/// The matchers of one selector, given in the parameter `name`.
pub(crate) fn selector_of(name: &str, text: &str) -> Result<Vec<Matcher>, PrometheusError> {
    selector::parse(text).map_err(|error| PrometheusError::parameter(name, error))
}

/// `start` and `end`, by default all of time.
pub(crate) fn range(params: &Params) -> Result<(i64, i64), PrometheusError> {
    let (start, end) = (time_or(params, "start", i64::MIN)?, time_or(params, "end", i64::MAX)?);
    if end < start {
        return Err(PrometheusError::parameter("end", "end timestamp must not be before start time"));
    }
    Ok((start, end))
}

/// `limit`: series in the answer; 0 if there is none.
pub(crate) fn limit(params: &Params) -> Result<usize, PrometheusError> {
    let Some(text) = params.get("limit") else { return Ok(0) };
    let reason = if text.starts_with('-') {
        "limit must be non-negative".to_owned()
    } else {
        format!("cannot parse {text:?} to a number")
    };
    params::limit(text).ok_or_else(|| PrometheusError::parameter("limit", reason))
}

/// A truth value as Go reads it.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// `limit` of the endpoints about metadata: items in the answer, none at all for 0, and any number if it is negative.
pub(crate) fn count(params: &Params, name: &str) -> Result<usize, PrometheusError> {
    let Some(text) = params.get(name) else { return Ok(usize::MAX) };
    let number: i64 =
        text.parse().map_err(|_| PrometheusError::new(ErrorType::BadData, format!("{name} must be a number")))?;
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}

/// A required time.
pub(crate) fn time(params: &Params, name: &str) -> Result<i64, PrometheusError> {
    let text = params.get(name).unwrap_or_default();
    params::time_ms(text)
        .ok_or_else(|| PrometheusError::parameter(name, format!("cannot parse {text:?} to a valid timestamp")))
}

/// A time that may be left out.
pub(crate) fn time_or(params: &Params, name: &str, default: i64) -> Result<i64, PrometheusError> {
    if params.get(name).is_some() { time(params, name) } else { Ok(default) }
}
