//! Parameters of Prometheus' endpoints: times, limits and selectors, with Prometheus' error texts.

use lab_metrics::selector;
use lab_model::Matcher;

use crate::params::{self, Params};
use crate::prometheus::error::{ErrorType, PrometheusError};

/// The matchers of every `match[]`; the error does not name the parameter, as most endpoints of Prometheus do not.
pub(crate) fn selectors(params: &Params) -> Result<Vec<Vec<Matcher>>, PrometheusError> {
    let one = |text: &str| {
        if text.is_empty() {
            let reason = "unknown position: parse error: unexpected end of input";
            return Err(PrometheusError::new(ErrorType::BadData, reason));
        }
        selector::parse(text).map_err(|error| {
            let reason = error.to_string();
            let is_empty = reason.ends_with("vector selector must contain at least one non-empty matcher");
            let reason =
                if is_empty { "match[] must contain at least one non-empty matcher".to_owned() } else { reason };
            PrometheusError::new(ErrorType::BadData, reason)
        })
    };
    params.all("match[]").map(one).collect()
}

/// The matchers of one selector, given in the parameter `name`.
pub(crate) fn selector_of(name: &str, text: &str) -> Result<Vec<Matcher>, PrometheusError> {
    selector::parse(text).map_err(|error| PrometheusError::parameter(name, error))
}

/// `start` and `end`, by default all of time. A range whose end is before its start holds nothing, which is no error.
pub(crate) fn range(params: &Params) -> Result<(i64, i64), PrometheusError> {
    Ok((time_or(params, "start", i64::MIN)?, time_or(params, "end", i64::MAX)?))
}

/// The text of the query; an empty one has no place that an error could name.
pub(crate) fn query(params: &Params) -> Result<&str, String> {
    let text = params.get("query").unwrap_or_default();
    if text.is_empty() {
        return Err("unknown position: parse error: no expression found in input".to_owned());
    }
    Ok(text)
}

/// `limit`: series in the answer; 0 if there is none.
pub(crate) fn limit(params: &Params) -> Result<usize, PrometheusError> {
    let Some(text) = params.get("limit") else { return Ok(0) };
    let reason = if text.starts_with('-') {
        "limit must be non-negative".to_owned()
    } else {
        // As Go says it.
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let reason = if is_number { "value out of range" } else { "invalid syntax" };
        format!("strconv.Atoi: parsing {text:?}: {reason}")
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
    let Some(text) = params.get(name).filter(|text| !text.is_empty()) else { return Ok(default) };
    params::time_ms(text).ok_or_else(|| {
        let reason = format!("invalid time value for '{name}': cannot parse {text:?} to a valid timestamp");
        PrometheusError::parameter(name, reason)
    })
}
