//! Numbers for people: `1.235M`, `2Mi`, `1d 2h 3m 4s`, `12.35%`, with four digits as in Prometheus.

use chrono::DateTime;

use super::printf::general;

const LARGE: [&str; 8] = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];
const BINARY: [&str; 8] = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];

/// With prefixes of thousands.
pub(crate) fn decimal(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        general(value, 4)
    } else if value.abs() >= 1.0 {
        shrunk(value, 1000.0, &LARGE)
    } else {
        grown(value)
    }
}

/// With prefixes of 1024.
pub(crate) fn binary(value: f64) -> String {
    if value.abs() <= 1.0 || !value.is_finite() { general(value, 4) } else { shrunk(value, 1024.0, &BINARY) }
}

/// Seconds as days, hours, minutes and seconds.
pub(crate) fn duration(seconds: f64) -> String {
    if seconds == 0.0 || !seconds.is_finite() {
        return if seconds == 0.0 { "0s".to_owned() } else { general(seconds, 4) };
    }
    if seconds.abs() < 1.0 {
        return grown(seconds) + "s";
    }
    let (sign, value) = (if seconds < 0.0 { "-" } else { "" }, seconds.abs());
    let whole = value as i64;
    match (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60) {
        (0, 0, 0, _) => format!("{sign}{}s", general(value, 4)),
        (0, 0, minutes, seconds) => format!("{sign}{minutes}m {seconds}s"),
        (0, hours, minutes, seconds) => format!("{sign}{hours}h {minutes}m {seconds}s"),
        (days, hours, minutes, seconds) => format!("{sign}{days}d {hours}h {minutes}m {seconds}s"),
    }
}

/// A ratio in hundredths.
pub(crate) fn percentage(ratio: f64) -> String {
    general(ratio * 100.0, 4) + "%"
}

/// Seconds since the epoch as a date.
pub(crate) fn timestamp(seconds: f64) -> String {
    let date =
        seconds.is_finite().then(|| DateTime::from_timestamp_millis((seconds * 1000.0).round() as i64)).flatten();
    let Some(date) = date else { return general(seconds, 4) };
    let fraction = format!(".{:03}", date.timestamp_subsec_millis());
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    format!("{}{fraction} +0000 UTC", date.format("%Y-%m-%d %H:%M:%S"))
}

fn shrunk(mut value: f64, step: f64, prefixes: &[&str]) -> String {
    let mut prefix = "";
    for next in prefixes {
        if value.abs() < step {
            break;
        }
        (value, prefix) = (value / step, next);
    }
    general(value, 4) + prefix
}

fn grown(mut value: f64) -> String {
    let mut prefix = "";
    for next in SMALL {
        if value.abs() >= 1.0 {
            break;
        }
        (value, prefix) = (value * 1000.0, next);
    }
    general(value, 4) + prefix
}
