//! Values of options that clap has no parser for. Errors name what was expected; the command line adds
//! the option, and reports all of them together.

use std::ops::RangeInclusive;
use std::time::Duration;

use lab_model::duration;
use telemetry::client::BaseUrl;

pub fn probability(text: &str) -> Result<f64, String> {
    number(text, 0.0..=1.0)
}

/// Requests per second.
pub fn rate(text: &str) -> Result<f64, String> {
    number(text, 0.001..=1_000_000.0)
}

fn number(text: &str, range: RangeInclusive<f64>) -> Result<f64, String> {
    text.trim()
        .parse()
        .ok()
        .filter(|number| range.contains(number))
        .ok_or_else(|| format!("expected a number from {} to {}, not {text:?}", range.start(), range.end()))
}

/// A duration above zero.
pub fn positive_duration(text: &str) -> Result<Duration, String> {
    match duration::parse(text.trim()) {
        Ok(Duration::ZERO) => Err("must be more than 0".to_owned()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(error.to_string()),
    }
}

/// `500ms..2s`, or one duration for both ends.
pub fn duration_range(text: &str) -> Result<RangeInclusive<Duration>, String> {
    let (low, high) = text.split_once("..").unwrap_or((text, text));
    let read = |text: &str| duration::parse(text.trim()).map_err(|error| error.to_string());
    let (low, high) = (read(low)?, read(high)?);
    if low > high {
        return Err(format!("expected the shorter duration first, such as 100ms..1s, not {text:?}"));
    }
    Ok(low..=high)
}

/// A port that `--port-offset` moves too far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("--port-offset: {port} + {offset} is no port")]
pub struct PortError {
    port: u16,
    offset: u16,
}

/// The URL of a port on this machine, moved by `--port-offset`.
pub fn local_url(port: u16, offset: u16) -> Result<BaseUrl, PortError> {
    let url = port.checked_add(offset).and_then(|moved| format!("http://127.0.0.1:{moved}").parse().ok());
    url.ok_or(PortError { port, offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_durations_are_read() {
        let ms = |text| duration_range(text).map(|range| (range.start().as_millis(), range.end().as_millis()));
        assert_eq!(ms("500ms..2s"), Ok((500, 2000)));
        assert_eq!(ms("1s"), Ok((1000, 1000)));
        assert_eq!(ms("0..0"), Ok((0, 0)));
        assert!(ms("2s..1s").is_err_and(|error| error.contains("the shorter duration first")));
        assert!(ms("1s..").is_err());
    }

    #[test]
    fn numbers_keep_to_their_range() {
        assert_eq!(probability("0.5"), Ok(0.5));
        assert!(probability("1.5").is_err_and(|error| error.contains("from 0 to 1")));
        for bad in ["NaN", "-0.1", "", "half"] {
            assert!(probability(bad).is_err(), "{bad:?}");
        }
        assert!(rate("0").is_err() && rate("inf").is_err());
    }

    #[test]
    fn ports_move_as_far_as_there_are_ports() {
        assert_eq!(local_url(8108, 1000).map(|url| url.to_string()), Ok("http://127.0.0.1:9108".to_owned()));
        assert_eq!(local_url(8108, 60_000), Err(PortError { port: 8108, offset: 60_000 }));
    }
}
