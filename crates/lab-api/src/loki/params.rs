//! Parameters of Loki's endpoints: times, ranges, steps and selectors, with Loki's defaults and error texts.

use lab_logs::logql::eval::lines::Direction;
use lab_logs::logql::syntax::ast::LogQuery;
use lab_logs::logql::syntax::parser;
use lab_model::{Matcher, duration};

use crate::error::PlainError;
use crate::params::{Params, time_ns};

const SECOND: i64 = 1_000_000_000;
/// How far back a range goes unless told otherwise.
const DEFAULT_RANGE: i64 = 3600 * SECOND;
/// Lines that are answered unless told otherwise.
const DEFAULT_LIMIT: usize = 100;

/// A range of time in ns since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) start: i64,
    pub(crate) end: i64,
}

/// `start` and `end`, or `since`; by default the hour before `now`, which is in ns since the epoch.
pub(crate) fn range(params: &Params, now: i64) -> Result<Range, PlainError> {
    let end = time(params, "end")?.unwrap_or(now);
    let since = match params.get("since") {
        Some(text) => duration_ns(text).ok_or_else(|| {
            PlainError::bad_request(format!("could not parse 'since' parameter: invalid duration {text:?}"))
        })?,
        None => DEFAULT_RANGE,
    };
    // Without an end the start counts back from now, even where the end lies ahead.
    let start = time(params, "start")?.unwrap_or_else(|| end.min(now).saturating_sub(since));
    if end <= start {
        return Err(PlainError::bad_request("end timestamp must not be before or equal to start time"));
    }
    Ok(Range { start, end })
}

/// A time: integer nanoseconds (up to ten digits: seconds), seconds with a fraction, or RFC 3339.
pub(crate) fn time(params: &Params, name: &str) -> Result<Option<i64>, PlainError> {
    let Some(text) = params.get(name) else { return Ok(None) };
    let fail = || {
        PlainError::bad_request(format!(
            "could not parse '{name}' parameter: strconv.ParseInt: parsing {text:?}: invalid syntax"
        ))
    };
    time_ns(text).map(Some).ok_or_else(fail)
}

/// `step`, by default a 250th of the range, at least a second; in ns.
pub(crate) fn step(params: &Params, range: Range) -> Result<i64, PlainError> {
    let Some(text) = params.get("step") else {
        return Ok(((range.end - range.start) / SECOND / 250).max(1) * SECOND);
    };
    let step = duration_ns(text).ok_or_else(|| {
        PlainError::bad_request(format!("could not parse 'step' parameter: cannot parse {text:?} to a valid duration"))
    })?;
    if step <= 0 {
        return Err(PlainError::bad_request(
            "zero or negative query resolution step widths are not accepted. Try a positive integer",
        ));
    }
    Ok(step)
}

pub(crate) fn limit(params: &Params) -> Result<usize, PlainError> {
    let Some(text) = params.get("limit") else { return Ok(DEFAULT_LIMIT) };
    match text.parse::<i64>() {
        Ok(limit) if limit > 0 => Ok(limit as usize),
        Ok(_) => Err(PlainError::bad_request("limit must be a positive value")),
        Err(_) => Err(PlainError::bad_request(format!(
            "could not parse 'limit' parameter: strconv.Atoi: parsing {text:?}: invalid syntax"
        ))),
    }
}

pub(crate) fn direction(params: &Params) -> Result<Direction, PlainError> {
    match params.get("direction").map(str::to_ascii_lowercase).as_deref() {
        None | Some("backward") => Ok(Direction::Backward),
        Some("forward") => Ok(Direction::Forward),
        Some(other) => Err(PlainError::bad_request(format!("invalid direction {other:?}"))),
    }
}

/// The conditions of `query`, which may be absent, or empty braces: then there are none.
pub(crate) fn matchers(params: &Params, name: &str) -> Result<Vec<Matcher>, PlainError> {
    match params.get(name) {
        None => Ok(Vec::new()),
        Some(text) => Ok(selector(text)?.matchers),
    }
}

/// A selector, perhaps with a pipeline; `{}` means everything.
pub(crate) fn selector(text: &str) -> Result<LogQuery, PlainError> {
    if text.chars().filter(|c| !c.is_whitespace()).eq("{}".chars()) {
        return Ok(LogQuery { matchers: Vec::new(), stages: Vec::new() });
    }
    Ok(parser::parse_selector(text)?)
}

/// Seconds with an optional fraction, or units as in `1h30m`.
fn duration_ns(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds.abs() < 9e9).then(|| (seconds * 1e9).round() as i64);
    }
    duration::parse(text).ok().and_then(|duration| i64::try_from(duration.as_nanos()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn ranges_have_loki_s_defaults() {
        let hour = range(&params(&[("end", "7200")]), 9000 * SECOND).expect("valid");
        assert_eq!((hour.start, hour.end), (3600 * SECOND, 7200 * SECOND));
        let since = range(&params(&[("end", "7200"), ("since", "1m")]), 9000 * SECOND).expect("valid");
        assert_eq!(since.start, 7140 * SECOND);
        let backwards = range(&params(&[("start", "2"), ("end", "1")]), 9000 * SECOND).expect_err("backwards");
        assert_eq!(backwards, PlainError::bad_request("end timestamp must not be before or equal to start time"));
        assert_eq!(step(&params(&[]), hour), Ok(14 * SECOND));
        assert_eq!(step(&params(&[("step", "0.5")]), hour), Ok(SECOND / 2));
        for bad in ["x", "0", "-1"] {
            assert!(
                step(&params(&[("step", bad)]), hour).is_err() && limit(&params(&[("limit", bad)])).is_err(),
                "{bad}"
            );
        }
    }
}
