//! Parameters of Loki's endpoints: times, ranges, steps and selectors, with Loki's defaults and error texts.

use lab_logs::logql::eval::lines::Direction;
use lab_logs::logql::syntax::ast::{LogQuery, Query};
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

/// The longest range of a query, as Loki's `max_query_length` writes it.
pub(crate) const MAX_QUERY_LENGTH: &str = "30d1h";
/// The longest range of a query in ns.
const LONGEST_RANGE: i64 = (30 * 24 + 1) * 3600 * SECOND;

/// `start` and `end`, or `since`; by default the hour before `now`, which is in ns since the epoch.
pub(crate) fn range(params: &Params, now: i64) -> Result<Range, PlainError> {
    let range = any_range(params, now)?;
    let length = range.end.saturating_sub(range.start);
    if length > LONGEST_RANGE {
        return Err(PlainError::bad_request(format!(
            "the query time range exceeds the limit (query length: {}, limit: {MAX_QUERY_LENGTH})",
            whole_seconds(length)
        )));
    }
    Ok(range)
}

/// The same, however long.
pub(crate) fn any_range(params: &Params, now: i64) -> Result<Range, PlainError> {
    let bound = |name: &str| {
        let text = params.get(name);
        let parsed = text.map(|text| time_ns(text).ok_or_else(|| no_integer(text)));
        parsed.transpose().map_err(|problem| could_not_parse(name, &problem))
    };
    let end = bound("end")?.unwrap_or(now);
    let since = match params.get("since") {
        Some(text) => duration::parse(text)
            .ok()
            .and_then(|since| i64::try_from(since.as_nanos()).ok())
            .ok_or_else(|| could_not_parse("since", &format!("not a valid duration string: {text:?}")))?,
        None => DEFAULT_RANGE,
    };
    // Without an end the start counts back from now, even where the end lies ahead.
    let start = bound("start")?.unwrap_or_else(|| end.min(now).saturating_sub(since));
    if end < start {
        return Err(PlainError::bad_request("end timestamp must not be before or equal to start time"));
    }
    Ok(Range { start, end })
}

/// A time: integer nanoseconds (up to ten digits: seconds), seconds with a fraction, or RFC 3339.
pub(crate) fn time(params: &Params, name: &str) -> Result<Option<i64>, PlainError> {
    let Some(text) = params.get(name) else { return Ok(None) };
    time_ns(text).map(Some).ok_or_else(|| PlainError::bad_request(no_integer(text)))
}

fn no_integer(text: &str) -> String {
    format!("strconv.ParseInt: parsing {text:?}: invalid syntax")
}

/// Loki names the parameter for the bounds of a range only.
fn could_not_parse(name: &str, problem: &str) -> PlainError {
    PlainError::bad_request(format!("could not parse '{name}' parameter: {problem}"))
}

/// A time as Go writes it, without what is below a second.
fn whole_seconds(nanoseconds: i64) -> String {
    let seconds = nanoseconds / SECOND;
    format!("{}h{}m{}s", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// `step`, by default a 250th of the range, at least a second; in ns.
pub(crate) fn step(params: &Params, range: Range) -> Result<i64, PlainError> {
    let Some(step) = duration(params, "step")? else {
        return Ok(((range.end - range.start) / SECOND / 250).max(1) * SECOND);
    };
    if step <= 0 {
        return Err(PlainError::bad_request(
            "zero or negative query resolution step widths are not accepted. Try a positive integer",
        ));
    }
    Ok(step)
}

/// `interval`: the least time between two lines, in ns; 0 unless told otherwise.
pub(crate) fn interval(params: &Params) -> Result<i64, PlainError> {
    let interval = duration(params, "interval")?.unwrap_or(0);
    if interval < 0 { Err(PlainError::bad_request("interval must be >= 0")) } else { Ok(interval) }
}

fn duration(params: &Params, name: &str) -> Result<Option<i64>, PlainError> {
    let Some(text) = params.get(name) else { return Ok(None) };
    let read = duration_ns(text).map(Some);
    read.ok_or_else(|| PlainError::bad_request(format!("cannot parse {text:?} to a valid duration")))
}

pub(crate) fn limit(params: &Params) -> Result<usize, PlainError> {
    positive(params, "limit", DEFAULT_LIMIT)
}

/// A number above zero.
pub(crate) fn positive(params: &Params, name: &str, default: usize) -> Result<usize, PlainError> {
    match number(params, name)? {
        None => Ok(default),
        Some(limit) if limit > 0 => Ok(limit as usize),
        Some(_) => Err(PlainError::bad_request("limit must be a positive value")),
    }
}

/// A whole number.
pub(crate) fn number(params: &Params, name: &str) -> Result<Option<i64>, PlainError> {
    let Some(text) = params.get(name) else { return Ok(None) };
    let read = text.parse::<i64>().map(Some);
    read.map_err(|_| PlainError::bad_request(format!("strconv.Atoi: parsing {text:?}: invalid syntax")))
}

/// A number of bytes, perhaps with a unit, each of which is 1,024 times the one before: `100`, `16KB`, `64mb`.
pub(crate) fn bytes(params: &Params, name: &str) -> Option<u64> {
    let text = params.get(name)?.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit = unit.trim().to_ascii_lowercase();
    let power = match unit.strip_suffix('b').unwrap_or(&unit) {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << (10 * power))
}

pub(crate) fn direction(params: &Params) -> Result<Direction, PlainError> {
    match params.get("direction") {
        None => Ok(Direction::Backward),
        Some(text) if text.eq_ignore_ascii_case("backward") => Ok(Direction::Backward),
        Some(text) if text.eq_ignore_ascii_case("forward") => Ok(Direction::Forward),
        Some(other) => Err(PlainError::bad_request(format!("invalid direction '{other}'"))),
    }
}

/// The conditions of `query`, which may be absent, or empty braces: then there are none.
pub(crate) fn matchers(params: &Params, name: &str) -> Result<Vec<Matcher>, PlainError> {
    params.get(name).map_or(Ok(Vec::new()), only_matchers)
}

/// The conditions of a selector, which no pipeline may follow; `{}` means everything.
pub(crate) fn only_matchers(text: &str) -> Result<Vec<Matcher>, PlainError> {
    let refuse = || PlainError::bad_request("only label matchers are supported");
    if is_everything(text) {
        return Ok(Vec::new());
    }
    match parser::parse(text)? {
        Query::Logs(query) if query.stages.is_empty() => Ok(query.matchers),
        _ => Err(refuse()),
    }
}

/// A selector, perhaps with a pipeline; `{}` means everything.
pub(crate) fn selector(text: &str) -> Result<LogQuery, PlainError> {
    if is_everything(text) {
        return Ok(LogQuery { matchers: Vec::new(), stages: Vec::new() });
    }
    Ok(parser::parse_selector(text)?)
}

fn is_everything(text: &str) -> bool {
    text.chars().filter(|c| !c.is_whitespace()).eq("{}".chars())
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
    fn bytes_have_units_of_1024() {
        for (text, wanted) in [
            ("100", Some(100)),
            ("1KB", Some(1024)),
            ("2 mb", Some(2 << 20)),
            ("3G", Some(3 << 30)),
            ("0", Some(0)),
            ("-1", None),
            ("1.5MB", None),
            ("5 bits", None),
            ("99999999999P", None),
        ] {
            assert_eq!(bytes(&params(&[("size", text)]), "size"), wanted, "{text}");
        }
        assert_eq!(bytes(&params(&[]), "size"), None);
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
