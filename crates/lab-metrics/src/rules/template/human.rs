//! Numbers for people: `1.235M`, `2Mi`, `1d 2h 3m 4s`, `12.35%`, with four digits as in Prometheus.

use lab_template::format_float;

use super::convert;

const LARGE: [&str; 8] = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];
const BINARY: [&str; 8] = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];

/// With prefixes of thousands.
pub(super) fn decimal(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        general(value)
    } else if value.abs() >= 1.0 {
        shrunk(value, 1000.0, &LARGE)
    } else {
        grown(value)
    }
}

/// With prefixes of 1024.
pub(super) fn binary(value: f64) -> String {
    if value.abs() <= 1.0 || !value.is_finite() { general(value) } else { shrunk(value, 1024.0, &BINARY) }
}

/// Seconds as days, hours, minutes and seconds.
pub(super) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return general(seconds);
    }
    if seconds == 0.0 {
        return general(seconds) + "s";
    }
    if seconds.abs() < 1.0 {
        return grown(seconds) + "s";
    }
    let (sign, value) = (if seconds < 0.0 { "-" } else { "" }, seconds.abs());
    let whole = convert::integer(value);
    match (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60) {
        (0, 0, 0, _) => format!("{sign}{}s", general(value)),
        (0, 0, minutes, seconds) => format!("{sign}{minutes}m {seconds}s"),
        (0, hours, minutes, seconds) => format!("{sign}{hours}h {minutes}m {seconds}s"),
        (days, hours, minutes, seconds) => format!("{sign}{days}d {hours}h {minutes}m {seconds}s"),
    }
}

/// A ratio in hundredths.
pub(super) fn percentage(ratio: f64) -> String {
    general(ratio * 100.0) + "%"
}

/// Seconds since the epoch as a date.
pub(super) fn timestamp(seconds: f64) -> Result<String, String> {
    if seconds.is_finite() { convert::time(seconds).map(|time| time.to_string()) } else { Ok(general(seconds)) }
}

/// At most four significant digits.
fn general(value: f64) -> String {
    format_float(value, 'g', Some(4))
}

fn shrunk(mut value: f64, step: f64, prefixes: &[&str]) -> String {
    let mut prefix = "";
    for next in prefixes {
        if value.abs() < step {
            break;
        }
        (value, prefix) = (value / step, next);
    }
    general(value) + prefix
}

fn grown(mut value: f64) -> String {
    let mut prefix = "";
    for next in SMALL {
        if value.abs() >= 1.0 {
            break;
        }
        (value, prefix) = (value * 1000.0, next);
    }
    general(value) + prefix
}
