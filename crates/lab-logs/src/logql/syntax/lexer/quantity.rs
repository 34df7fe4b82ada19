//! Numbers, durations and sizes in a query: a number as Go scans it, and the unit that may follow it. Where what follows is no
//! unit it is a word of its own, so that `5or y="1"` reads as `5 or y="1"`.

use lab_model::duration;

use crate::logql::units;

/// What the letters of durations are.
const OF_DURATIONS: &str = "nuµmshdwy";
/// What the letters of sizes are. There are none for exabytes: `e` begins an exponent.
const OF_SIZES: &str = "BikKMGTP";

/// A number, and what it is together with what follows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scanned<'q> {
    /// Its digits, without a unit.
    Number(&'q str),
    /// A duration in nanoseconds.
    Duration(i64),
    /// A size in bytes.
    Bytes(f64),
}

/// The number at which a text begins, how many bytes belong to it, and what is wrong with its digits.
pub(crate) fn scan(text: &str) -> (Scanned<'_>, usize, Option<String>) {
    let (number, problem) = digits(text);
    if problem.is_some() {
        return (Scanned::Number(&text[..number]), number, problem);
    }
    let end = |letters: &str| {
        let is_part = |c: char| c.is_numeric() || c == '.' || letters.contains(c);
        number + text[number..].find(|c| !is_part(c)).unwrap_or(text.len() - number)
    };
    let (duration, size) = (end(OF_DURATIONS), end(OF_SIZES));
    if duration > number
        && let Some(nanoseconds) = nanoseconds(&text[..duration])
    {
        return (Scanned::Duration(nanoseconds), duration, None);
    }
    if size > number
        && let Ok(bytes) = units::size(&text[..size])
    {
        return (Scanned::Bytes(bytes), size, None);
    }
    (Scanned::Number(&text[..number]), number, None)
}

/// The negative duration at which a text begins, and its length: `-1.5h`. Units above the hour have no sign.
pub(crate) fn negative_duration(text: &str) -> Option<(i64, usize)> {
    let rest = text.strip_prefix('-')?;
    let is_part = |c: char| c.is_numeric() || c == '.' || OF_DURATIONS.contains(c);
    let length = 1 + rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    units::go_duration(&text[..length]).ok().map(|nanoseconds| (nanoseconds as i64, length))
}

/// Nanoseconds of a duration as Prometheus writes it (`1d12h`), or else as Go does (`1.5h`).
fn nanoseconds(text: &str) -> Option<i64> {
    let of_prometheus = duration::parse(text).ok().and_then(|duration| i64::try_from(duration.as_nanos()).ok());
    of_prometheus.or_else(|| units::go_duration(text).ok().map(|nanoseconds| nanoseconds as i64))
}

/// How many bytes of a text are a number in Go's notation, whole or with a fraction, and what is wrong with it.
fn digits(text: &str) -> (usize, Option<String>) {
    let bytes = text.as_bytes();
    let at = |index: usize| bytes.get(index).map_or(0, u8::to_ascii_lowercase);
    let (base, name, begin) = match (at(0), at(1)) {
        (b'0', b'x') => (16, "hexadecimal", 2),
        (b'0', b'o') => (8, "octal", 2),
        (b'0', b'b') => (2, "binary", 2),
        (b'0', b'0'..=b'9' | b'_') => (8, "octal", 1),
        _ => (10, "decimal", 0),
    };
    let is_digit = |byte: u8| if base == 16 { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() } || byte == b'_';
    let run = |from: usize| bytes.iter().skip(from).take_while(|byte| is_digit(**byte)).count();
    let mut end = begin + run(begin);
    let mut has_digits = begin == 1 || end > begin;
    let is_whole = at(end) != b'.';
    if !is_whole {
        let fraction = run(end + 1);
        has_digits |= fraction > 0;
        end += 1 + fraction;
    }
    let mut problem = (!has_digits).then(|| format!("{name} literal has no digits"));
    let exponent = if base == 16 { b'p' } else { b'e' };
    let has_exponent = at(end) == exponent && matches!((base, begin), (10 | 16, _) | (8, 1));
    if has_exponent {
        let sign = usize::from(matches!(at(end + 1), b'+' | b'-'));
        let rest = bytes.iter().skip(end + 1 + sign);
        let length = rest.take_while(|byte| byte.is_ascii_digit() || **byte == b'_').count();
        if length == 0 {
            problem.get_or_insert_with(|| "exponent has no digits".to_owned());
        }
        end += 1 + sign + length;
    }
    let wrong = text[begin..end].chars().find(|c| c.to_digit(10).is_some_and(|digit| base < 10 && digit >= base));
    if let Some(wrong) = wrong.filter(|_| is_whole && !has_exponent) {
        problem.get_or_insert_with(|| format!("invalid digit '{wrong}' in {name} literal"));
    }
    let parted = text[..end].contains("__") || text[..end].ends_with('_');
    if parted {
        problem.get_or_insert_with(|| "'_' must separate successive digits".to_owned());
    }
    (end, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_belongs_to_a_number_only_if_it_is_one() {
        use Scanned::{Bytes, Duration, Number};
        for (text, scanned, length) in [
            ("5or y", Number("5"), 1),
            ("5sy=", Number("5"), 1),
            ("1h30", Number("1"), 1),
            ("1.5d", Number("1.5"), 3),
            ("1.5h", Duration(5_400_000_000_000), 4),
            ("1d12h)", Duration(129_600_000_000_000), 5),
            ("0s", Duration(0), 2),
            ("10KB,", Bytes(10_000.0), 4),
            ("0kb", Bytes(0.0), 2),
            ("1Kib", Bytes(1024.0), 3),
            ("1b", Number("1"), 1),
            ("1e5KB", Number("1e5"), 3),
            ("1_000B", Number("1_000"), 5),
            ("0x1p3", Number("0x1p3"), 5),
            ("0x1F", Number("0x1F"), 4),
            (".5s", Duration(500_000_000), 3),
            ("1.5.5B", Number("1.5"), 3),
        ] {
            assert_eq!(scan(text), (scanned, length, None), "{text}");
        }
        assert_eq!(negative_duration("-1.5h)"), Some((-5_400_000_000_000, 5)));
        assert_eq!((negative_duration("-1d"), negative_duration("-5"), negative_duration("- 5s")), (None, None, None));
    }

    #[test]
    fn what_is_wrong_with_the_digits_is_said_as_go_says_it() {
        for (text, expected) in [
            ("0B", "binary literal has no digits"),
            ("0x", "hexadecimal literal has no digits"),
            ("5e", "exponent has no digits"),
            ("5EB", "exponent has no digits"),
            ("08", "invalid digit '8' in octal literal"),
            ("1__0", "'_' must separate successive digits"),
            ("1_", "'_' must separate successive digits"),
        ] {
            assert_eq!(scan(text).2.as_deref(), Some(expected), "{text}");
        }
        assert_eq!((scan("08.5").2, scan("0").2, scan("00").2), (None, None, None));
    }
}
