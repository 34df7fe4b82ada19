//! How the values of options are read.

use std::time::Duration;

/// A duration such as `5s`, zero included.
pub fn duration(text: &str) -> Result<Duration, String> {
    lab_model::duration::parse(text).map_err(|error| error.to_string())
}

/// A duration above zero.
pub fn positive_duration(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("must be more than 0".to_owned()),
        duration => Ok(duration),
    }
}

/// A time, in nanoseconds since 1970: RFC 3339, or a number of seconds since then.
pub fn moment(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text:?} is no time; write for example 2026-11-28T10:00:00Z, or seconds since 1970");
    if let Ok(time) = chrono::DateTime::parse_from_rfc3339(text) {
        return time.timestamp_nanos_opt().ok_or_else(wrong);
    }
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    // Until the year 2262, as far as nanoseconds reach.
    if (0.0..9.2e9).contains(&seconds) { Ok((seconds * 1e9) as i64) } else { Err(wrong()) }
}

/// A size in bytes of at least 16 MiB, below which a store has no room to work in.
pub fn budget(text: &str) -> Result<u64, String> {
    const LEAST: u64 = 16 << 20;
    match lab_model::size::parse(text) {
        Ok(bytes) if bytes < LEAST => Err(format!("{text} is too small; give at least 16MiB")),
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_or_refused_in_words() {
        assert_eq!(positive_duration("5s"), Ok(Duration::from_secs(5)));
        assert_eq!(positive_duration("0"), Err("must be more than 0".to_owned()));
        assert_eq!(moment("2026-09-21T14:13:20+00:00"), Ok(1_790_000_000_000_000_000));
        assert_eq!(moment("1790000000.5"), Ok(1_790_000_000_500_000_000));
        for wrong in ["now", "-5", "1790000000000", "NaN", "2026-09-21"] {
            assert!(moment(wrong).is_err_and(|error| error.contains("is no time")), "{wrong}");
        }
        assert_eq!(budget("64MiB"), Ok(64 << 20));
        assert_eq!(budget("1MiB"), Err("1MiB is too small; give at least 16MiB".to_owned()));
    }
}
