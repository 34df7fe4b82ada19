//! Sizes as Prometheus writes them: `15MB`, `1.5GiB`, `1MB500KB`. Both spellings of a unit are powers of two.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

const UNITS: [(&str, &str, u64); 7] = [
    ("EiB", "EB", 1 << 60),
    ("PiB", "PB", 1 << 50),
    ("TiB", "TB", 1 << 40),
    ("GiB", "GB", 1 << 30),
    ("MiB", "MB", 1 << 20),
    ("KiB", "KB", 1 << 10),
    ("B", "B", 1),
];

/// A size in bytes.
pub(crate) fn read_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).map_err(Error::custom)
}

/// Reads a size in bytes; one below zero stands for none.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no size; write numbers with units, for example 512KB, 15MB or 1.5GB");
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut bytes = 0.0;
    while !rest.is_empty() {
        let is_of_number = |c: char| c.is_ascii_digit() || c == '.';
        let (number, behind) = rest.split_at(rest.find(|c| !is_of_number(c)).unwrap_or(rest.len()));
        let (unit, behind) = behind.split_at(behind.find(is_of_number).unwrap_or(behind.len()));
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let unit = UNITS.iter().find(|(binary, plain, _)| [*binary, *plain].contains(&unit)).ok_or_else(wrong)?;
        bytes += number * unit.2 as f64;
        rest = behind;
    }
    if bytes > i64::MAX as f64 {
        return Err(wrong());
    }
    Ok(if text.starts_with('-') { 0 } else { bytes as u64 })
}

/// Writes a size, the largest unit first.
pub(crate) fn format(bytes: u64) -> String {
    let (mut rest, mut text) = (bytes, String::new());
    for (unit, _, size) in UNITS {
        if rest >= size {
            text.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written() {
        for (text, bytes, written) in [
            ("100B", 100, "100B"),
            ("1KB", 1 << 10, "1KiB"),
            ("1.5MB", 3 << 19, "1MiB512KiB"),
            ("1MB500KB", (1 << 20) + 500 * 1024, "1MiB500KiB"),
            (".5MiB", 1 << 19, "512KiB"),
            ("1EB", 1 << 60, "1EiB"),
        ] {
            assert_eq!((parse(text), format(bytes)), (Ok(bytes), written.to_owned()), "{text}");
        }
        assert_eq!(["0", "0B", "-1MB", "-0"].map(parse), [Ok(0), Ok(0), Ok(0), Ok(0)]);
        for bad in ["", "-", "100", "1kB", "1k", "1XB", "1 MB", "5e3B", "1mb", "1B1", "17EB", "1.2.3B", "B"] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
