//! Request parameters, from the URL and from a form body alike, and how times, durations and numbers are
//! written in them.

use axum::extract::{Form, FromRequest, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::DateTime;
use lab_model::duration;

/// All parameters in order: those of a form body first, then those of the URL.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// The first value of `name`; `None` if it is absent or empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| &**value)
    }

    /// Every value of `name`.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| &**value)
    }
}

impl FromIterator<(String, String)> for Params {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// A body is read as a form if it is said to be one; a query or a form that cannot be read is answered with
/// 400, a body that is too large with 413.
impl<S: Send + Sync> FromRequest<S> for Params {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let fail = |error: &dyn std::fmt::Display| {
            (StatusCode::BAD_REQUEST, format!("error parsing form values: {error}")).into_response()
        };
        let Query(url) = Query::<Vec<(String, String)>>::try_from_uri(request.uri()).map_err(|error| fail(&error))?;
        let form = request.headers().get(CONTENT_TYPE).is_some_and(|media| {
            media.to_str().is_ok_and(|media| media.trim_start().starts_with("application/x-www-form-urlencoded"))
        });
        if request.method() == Method::GET || request.method() == Method::HEAD || !form {
            return Ok(Self(url));
        }
        let body = Form::<Vec<(String, String)>>::from_request(request, state).await;
        let Form(mut pairs) = body.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => rejection.into_response(),
            _ => fail(&rejection),
        })?;
        pairs.extend(url);
        Ok(Self(pairs))
    }
}

/// Reads a time as Prometheus does, in ms since the epoch: RFC 3339, or seconds with an optional fraction.
pub(crate) fn time_ms(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<f64>() {
        // Beyond this no calendar reaches; Prometheus' own bounds are wider.
        return (seconds.abs() < 1e13).then(|| (seconds * 1000.0).round() as i64);
    }
    // A blank in place of the T is allowed by RFC 3339, and not by Go.
    DateTime::parse_from_rfc3339(text).ok().filter(|_| !text.contains(' ')).map(|time| time.timestamp_millis())
}

/// Reads a time as Loki and Tempo do, in ns since the epoch: an integer of nanoseconds (up to ten digits:
/// seconds), seconds with a fraction, or RFC 3339.
pub(crate) fn time_ns(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        let digits = text.trim_start_matches(['-', '+']).len();
        return if digits <= 10 { number.checked_mul(1_000_000_000) } else { Some(number) };
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds.abs() < 9e9).then(|| (seconds * 1e9).round() as i64);
    }
    DateTime::parse_from_rfc3339(text).ok().and_then(|time| time.timestamp_nanos_opt())
}

/// Reads a duration, in ms: seconds with an optional fraction, or units as in `1h30m`.
pub(crate) fn duration_ms(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds.abs() < 1e13).then(|| (seconds * 1000.0).round() as i64);
    }
    duration::parse(text).ok().and_then(|duration| i64::try_from(duration.as_millis()).ok())
}

/// Reads a limit; zero means none.
pub(crate) fn limit(text: &str) -> Option<usize> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        assert_eq!(time_ms("1435781430.781"), Some(1_435_781_430_781));
        assert_eq!(time_ms("2015-07-01T20:10:30.781Z"), Some(1_435_781_430_781));
        assert_eq!(time_ms("2015-07-01T22:10:30+02:00"), Some(1_435_781_430_000));
        assert_eq!(time_ns("1795361004309755917"), Some(1_795_361_004_309_755_917));
        assert_eq!(time_ns("1795361004"), Some(1_795_361_004_000_000_000));
        assert_eq!(time_ns("1795361004.5"), Some(1_795_361_004_500_000_000));
        assert_eq!(time_ns("1970-01-01T00:00:01Z"), Some(1_000_000_000));
        for bad in ["", "x", "NaN", "inf", "1e300", "2015-07-01"] {
            assert_eq!((time_ms(bad), time_ns(bad)), (None, None), "{bad:?}");
        }
    }

    #[test]
    fn durations_are_read() {
        assert_eq!(
            (duration_ms("15"), duration_ms("0.5"), duration_ms("1m30s")),
            (Some(15_000), Some(500), Some(90_000))
        );
        assert_eq!((duration_ms("x"), duration_ms(""), duration_ms("NaN")), (None, None, None));
    }
}
