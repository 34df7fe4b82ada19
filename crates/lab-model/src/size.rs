//! Sizes in bytes: `0`, `512B`, `64KiB`, `64MiB`, `2GiB`; decimal units `kB`, `MB`, `GB` too.

const UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

/// Why a text is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid size: {0:?} (expected for example 512KiB, 64MiB, 2GiB)")]
pub struct SizeError(String);

/// Reads a size in bytes.
pub fn parse(text: &str) -> Result<u64, SizeError> {
    let fail = || SizeError(text.to_owned());
    if text == "0" {
        return Ok(0);
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text[..digits].parse().map_err(|_| fail())?;
    let (_, factor) = UNITS.iter().find(|(unit, _)| *unit == &text[digits..]).ok_or_else(fail)?;
    number.checked_mul(*factor).ok_or_else(fail)
}

/// Writes a size for people, with one decimal: `1.5 MiB`.
pub fn format(bytes: u64) -> String {
    match UNITS[..4].iter().find(|(_, factor)| bytes >= *factor) {
        Some((unit, factor)) => format!("{:.1} {unit}", bytes as f64 / *factor as f64),
        None => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written() {
        assert_eq!(parse("64MiB"), Ok(64 << 20));
        assert_eq!(parse("0"), Ok(0));
        assert_eq!(parse("10kB"), Ok(10_000));
        for bad in ["", "64", "MiB", "1.5GiB", "-1B", "1 GiB", "99999999999TiB"] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!((format(1536), format(12)), ("1.5 KiB".into(), "12 B".into()));
    }
}
