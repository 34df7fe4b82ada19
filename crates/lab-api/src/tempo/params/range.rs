//! The time range of a request. Each kind of question has its own rules, as in Tempo.

use lab_traces::traceql::duration;

use crate::error::PlainError;
use crate::tempo::params::given::{Params, text, unsigned};

/// The longest range of a search and of questions for tags, in seconds: 168 hours.
const MAX_SEARCH_S: i64 = 168 * 3_600;
/// The longest range of a metrics query, in nanoseconds.
const MAX_METRICS_NS: i64 = 24 * 3_600 * SECOND;
/// The range of a metrics query unless told otherwise, in nanoseconds.
const DEFAULT_METRICS_NS: i64 = 3_600 * SECOND;
const SECOND: i64 = 1_000_000_000;

/// A range in nanoseconds since the epoch.
pub(crate) type Range = (i64, i64);

/// Everything that is stored.
const ALL: Range = (0, i64::MAX);

/// The range of a search, in whole seconds; everything if there is none.
pub(crate) fn of_search(params: &Params) -> Result<Range, PlainError> {
    match (unsigned(params, "start")?.unwrap_or(0) as i64, unsigned(params, "end")?.unwrap_or(0) as i64) {
        (0, 0) => Ok(ALL),
        (0, _) if text(params, "start").is_none() => {
            let why = "error parsing date range: only one of start and end provided: must provide both or neither";
            Err(PlainError::bad_request(why))
        }
        (start, end) => seconds(start, end),
    }
}

/// The range of a trace by its id, in whole seconds; everything if there is none.
pub(crate) fn of_trace(params: &Params) -> Result<(), PlainError> {
    let (start, end) = (signed(params, "start")?, signed(params, "end")?);
    match (start, end) {
        (Some(start), Some(end)) if start >= end => Err(reversed(start, end)),
        // All of a trace is stored together, so that a range does not make it faster to find.
        _ => Ok(()),
    }
}

/// The range of a question for tags: `start` and `end` in any form, or the time `since`; everything if there is none.
pub(crate) fn of_tags(params: &Params, now_ns: i64) -> Result<Range, PlainError> {
    let wrong = |why: String| PlainError::bad_request(format!("error parsing date range: {why}"));
    if let Some(since) = text(params, "since") {
        let since_ns = since_duration(since).map_err(wrong)?;
        return Ok((now_ns.saturating_sub(since_ns), i64::MAX));
    }
    match (text(params, "start"), text(params, "end")) {
        (None, None) => Ok(ALL),
        (Some(start), Some(end)) => {
            let start_ns = instant("start", start).map_err(wrong)?;
            let end_ns = instant("end", end).map_err(wrong)?;
            seconds(start_ns.div_euclid(SECOND), end_ns.div_euclid(SECOND))
        }
        _ => Err(wrong("only one of start and end provided: must provide both or neither".to_owned())),
    }
}

/// The range of a metrics query: `start` and `end` in any form; without a start the time `since` before the end, or before
/// now if the end lies in the future.
pub(crate) fn of_metrics(params: &Params, now_ns: i64) -> Result<Range, PlainError> {
    let wrong = |why: String| PlainError::bad_request(format!("rpc error: code = Code(400) desc = {why}"));
    let since_ns = text(params, "since").map_or(Ok(DEFAULT_METRICS_NS), since_duration).map_err(wrong)?;
    // Up to the end of the current second, so that what has just arrived is in.
    let second_end_ns = (now_ns / SECOND).saturating_add(1).saturating_mul(SECOND);
    let end_ns = text(params, "end").map_or(Ok(second_end_ns), |end| instant("end", end)).map_err(wrong)?;
    let default_start_ns = end_ns.min(second_end_ns).saturating_sub(since_ns);
    let start_ns =
        text(params, "start").map_or(Ok(default_start_ns), |start| instant("start", start)).map_err(wrong)?;
    if start_ns >= end_ns {
        let times = format!("start={} end={}", start_ns.div_euclid(SECOND), end_ns.div_euclid(SECOND));
        return Err(PlainError::bad_request(format!("end must be greater than start. received {times}")));
    }
    if end_ns.saturating_sub(start_ns) > MAX_METRICS_NS {
        let most = duration::format(MAX_METRICS_NS);
        let message = format!("metrics query time range exceeds the maximum allowed duration of {most}");
        return Err(PlainError::bad_request(message));
    }
    Ok((start_ns, end_ns))
}

fn seconds(start: i64, end: i64) -> Result<Range, PlainError> {
    if start >= end {
        return Err(reversed(start, end));
    }
    if end.saturating_sub(start) > MAX_SEARCH_S {
        let most = duration::format(MAX_SEARCH_S * SECOND);
        let message = format!("range specified by start and end exceeds {most}. received start={start} end={end}");
        return Err(PlainError::bad_request(message));
    }
    Ok((start.saturating_mul(SECOND), end.saturating_mul(SECOND)))
}

fn reversed(start: i64, end: i64) -> PlainError {
    let message = format!("http parameter start must be before end. received start={start} end={end}");
    PlainError::bad_request(message)
}

fn signed(params: &Params, name: &str) -> Result<Option<i64>, PlainError> {
    let Some(text) = text(params, name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        PlainError::bad_request(format!("invalid {name}: strconv.ParseInt: parsing {text:?}: invalid syntax"))
    })
}

fn since_duration(text: &str) -> Result<i64, String> {
    let read = duration::parse(text).filter(|length| *length > 0);
    read.ok_or_else(|| format!("could not parse 'since' parameter: not a valid duration string: {text:?}"))
}

/// A time: seconds with ten digits at most, nanoseconds with more, seconds with a fraction, or RFC 3339.
fn instant(name: &str, text: &str) -> Result<i64, String> {
    if let Some(seconds) = text.parse::<f64>().ok().filter(|seconds| text.contains('.') && seconds.is_finite()) {
        // A fraction counts to the millisecond.
        return Ok((seconds * 1e3).round() as i64 * 1_000_000);
    }
    match text.parse::<i64>() {
        Ok(seconds) if text.len() <= 10 => Ok(seconds.saturating_mul(SECOND)),
        Ok(nanoseconds) => Ok(nanoseconds),
        Err(_) => {
            let time = chrono::DateTime::parse_from_rfc3339(text).ok().and_then(|time| time.timestamp_nanos_opt());
            time.ok_or_else(|| {
                format!("could not parse '{name}' parameter: strconv.ParseInt: parsing {text:?}: invalid syntax")
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_500_000_000;

    fn params(pairs: &[(&str, &str)]) -> Params {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn seconds_of(range: Result<Range, PlainError>) -> (f64, f64) {
        let (start, end) = range.expect("valid");
        // In milliseconds first, since a float has no room for nanoseconds of today.
        ((start / 1_000_000) as f64 / 1e3, (end / 1_000_000) as f64 / 1e3)
    }

    #[test]
    fn a_time_is_read_in_every_form() {
        for (text, expected) in [
            ("1700000000", 1_700_000_000.0),
            ("1700000000.25", 1_700_000_000.25),
            ("1700000000250000000", 1_700_000_000.25),
            ("2023-11-14T22:13:20Z", 1_700_000_000.0),
            ("2023-11-14T23:13:20.5+01:00", 1_700_000_000.5),
        ] {
            let range = params(&[("start", text), ("end", "1700003600")]);
            assert_eq!(seconds_of(of_metrics(&range, NOW)).0, expected, "{text}");
            assert_eq!(seconds_of(of_tags(&range, NOW)).0, expected.floor(), "{text}");
        }
        for text in ["x", "2023-11-14", "1.5.2", "NaN.", "1e3"] {
            assert!(of_metrics(&params(&[("start", text)]), NOW).is_err(), "{text}");
        }
    }

    #[test]
    fn a_range_without_a_start_begins_before_its_end_or_before_now() {
        assert_eq!(seconds_of(of_metrics(&params(&[]), NOW)), (1_699_996_401.0, 1_700_000_001.0));
        let since = params(&[("since", "5m"), ("end", "1700009999")]);
        assert_eq!(seconds_of(of_metrics(&since, NOW)), (1_699_999_701.0, 1_700_009_999.0));
        assert_eq!(of_tags(&params(&[("since", "5m")]), NOW), Ok((NOW - 300 * SECOND, i64::MAX)));
        assert!(of_tags(&params(&[("since", "soon")]), NOW).is_err());
    }

    #[test]
    fn ranges_that_are_reversed_one_sided_or_too_long_are_refused() {
        let refused = |range: Result<Range, PlainError>| range.expect_err("refused").message;
        let week = params(&[("start", "1000"), ("end", "605800")]);
        assert!(of_search(&week).is_ok());
        let longer = params(&[("start", "1000"), ("end", "605801")]);
        assert!(refused(of_search(&longer)).contains("exceeds 168h0m0s"));
        assert!(refused(of_tags(&longer, NOW)).contains("exceeds 168h0m0s"));
        assert!(refused(of_metrics(&longer, NOW)).contains("24h0m0s"));
        for reversed in [params(&[("start", "9"), ("end", "8")]), params(&[("start", "9"), ("end", "9")])] {
            assert!(of_search(&reversed).is_err() && of_tags(&reversed, NOW).is_err());
            assert!(of_metrics(&reversed, NOW).is_err() && of_trace(&reversed).is_err());
        }
        for given in ["start", "end"] {
            assert!(of_search(&params(&[(given, "9")])).is_err(), "{given}");
            assert!(of_tags(&params(&[(given, "9")]), NOW).is_err(), "{given}");
        }
        assert!(of_search(&params(&[("start", "2023-11-14T22:13:20Z"), ("end", "1700003600")])).is_err());
    }
}
