//! Windows, times and sizes as Loki writes them.

use std::time::Duration;

use lab_model::duration;

use crate::logql::units;

/// The units of times below a second, and their nanoseconds.
const SMALL: [(&str, u64); 3] = [("ms", 1_000_000), ("\u{b5}s", 1_000), ("ns", 1)];
/// Decimal units of sizes.
const DECIMAL: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

/// A window (ns) as Prometheus writes it: `1h30m`.
pub(crate) fn range(nanoseconds: i64) -> String {
    duration::format(Duration::from_nanos(nanoseconds.unsigned_abs()))
}

/// A time (ns) as Go writes it: `1h30m0s`, `1.5ms`.
pub(crate) fn time(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let all = nanoseconds.unsigned_abs();
    if all == 0 {
        return "0s".to_owned();
    }
    if let Some((unit, length)) = SMALL.iter().find(|(_, length)| all < 1_000_000_000 && all >= *length) {
        return format!("{sign}{}{unit}", decimal(all, *length));
    }
    let (hours, minutes) = (all / 3_600_000_000_000, all / 60_000_000_000 % 60);
    let seconds = decimal(all % 60_000_000_000, 1_000_000_000);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, _) => format!("{sign}{minutes}m{seconds}s"),
        _ => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// How many times a unit fits, with as many decimals as there are.
fn decimal(amount: u64, unit: u64) -> String {
    let digits = unit.ilog10() as usize;
    let fraction = format!("{:0digits$}", amount % unit);
    let fraction = if digits == 0 { "" } else { fraction.trim_end_matches('0') };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction}", amount / unit)
}

/// A size in the largest decimal unit, as Loki writes it; in bytes where that would be another size.
pub(crate) fn size(bytes: f64) -> String {
    let rounded = rounded(bytes);
    if units::size(&rounded) == Ok(bytes) { rounded } else { format!("{bytes}B") }
}

/// A size with a unit, in the largest decimal unit; nothing for a text that is none.
pub(crate) fn decimal_size(written: &str) -> Option<String> {
    let has_unit = !written.ends_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',');
    units::size(written).ok().filter(|_| has_unit).map(rounded)
}

fn rounded(bytes: f64) -> String {
    let unit = (0..DECIMAL.len()).rev().find(|unit| bytes >= 1000f64.powi(*unit as i32)).unwrap_or(0);
    let amount = (bytes / 1000f64.powi(unit as i32) * 10.0 + 0.5).floor() / 10.0;
    let decimals = usize::from(amount < 10.0 && unit > 0);
    format!("{amount:.decimals$}{}", DECIMAL[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_written_as_go_writes_them() {
        let times = [0, 1, 1_500, 1_500_000, 90_000_000_000, 5_400_000_000_000, -10_000_000_000, 1_250_000_000];
        let texts = ["0s", "1ns", "1.5\u{b5}s", "1.5ms", "1m30s", "1h30m0s", "-10s", "1.25s"];
        assert_eq!(times.map(time), texts);
        assert_eq!([10e3, 1.5e6, 512.0, 1024.0, 0.0].map(size), ["10kB", "1.5MB", "512B", "1024B", "0B"]);
        assert_eq!(decimal_size("2m").as_deref(), Some("2.0MB"));
        assert_eq!((decimal_size("2048"), decimal_size("x")), (None, None));
        assert_eq!(range(5_400_000_000_000), "1h30m");
    }
}
