//! Samples and how their values are written.

pub mod sum;

use std::fmt::Write as _;

/// A value at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Milliseconds since the Unix epoch.
    pub timestamp: i64,
    /// The value; a staleness marker is one particular NaN, see [`STALE_NAN`].
    pub value: f64,
}

/// The bits of Prometheus' staleness marker: a signalling NaN that arithmetic never produces.
pub const STALE_NAN: u64 = 0x7ff0_0000_0000_0002;

/// The staleness marker as a value.
pub fn stale_nan() -> f64 {
    f64::from_bits(STALE_NAN)
}

/// True for the staleness marker alone, not for other NaNs.
pub fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE_NAN
}

/// Writes a value as the Prometheus API does: shortest digits that read back, `NaN`, `+Inf`, `-Inf`.
pub fn format_float(value: f64) -> String {
    let mut text = String::new();
    push_float(&mut text, value);
    text
}

/// Writes a value behind a text as answers of the Prometheus API have it in vectors and matrices: as JSON numbers, very large and very
/// small ones get an exponent.
pub fn push_answer_float(out: &mut String, value: f64) {
    if value == 0.0 || !value.is_finite() || (1e-6..1e21).contains(&value.abs()) {
        push_float(out, value);
    } else {
        push_scientific(out, value);
    }
}

/// The number in the spelling of Go's `%v` and `%g`: with an exponent from a million on and below 0.0001.
pub fn format_short_float(value: f64) -> String {
    if value == 0.0 || !value.is_finite() || (1e-4..1e6).contains(&value.abs()) {
        return format_float(value);
    }
    let mut text = String::new();
    push_scientific(&mut text, value);
    text
}

/// With an exponent of a sign and at least two digits.
fn push_scientific(out: &mut String, value: f64) {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    // Writing to a string cannot fail.
    let _ = write!(out, "{mantissa}e{sign}{digits:0>2}");
}

/// Writes a value as [`format_float`] does behind a text.
pub fn push_float(out: &mut String, value: f64) {
    if value.is_nan() {
        out.push_str("NaN");
    } else if value == f64::INFINITY {
        out.push_str("+Inf");
    } else if value == f64::NEG_INFINITY {
        out.push_str("-Inf");
    } else {
        // Writing to a string cannot fail.
        let _ = write!(out, "{value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_prometheus_writes_them() {
        let written = [1.0, 0.1, 1e21, -0.0, 1e-7, f64::INFINITY, f64::NEG_INFINITY, f64::NAN].map(format_float);
        assert_eq!(written, ["1", "0.1", "1000000000000000000000", "-0", "0.0000001", "+Inf", "-Inf", "NaN"]);
    }

    #[test]
    fn answers_have_exponents_where_json_has_them() {
        for (value, expected) in [
            (1e-6, "0.000001"),
            (1e-7, "1e-07"),
            (-9.5e-8, "-9.5e-08"),
            (5e-324, "5e-324"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-1.5e300, "-1.5e+300"),
            (0.0, "0"),
            (-0.0, "-0"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            let mut written = String::new();
            push_answer_float(&mut written, value);
            assert_eq!(written, expected);
        }
    }

    #[test]
    fn only_the_marker_is_stale() {
        assert!(is_stale(stale_nan()) && !is_stale(f64::NAN) && !is_stale(0.0));
    }
}
