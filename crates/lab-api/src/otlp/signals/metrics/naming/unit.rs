//! Units of UCUM in Prometheus' words. Annotations in braces are left out, `a/b` reads `a_per_b`.

use crate::otlp::signals::metrics::naming::characters::{collapsed, is_metric_char};

/// UCUM's units and their Prometheus words; `TiBy` has the spelling that Prometheus gives it.
const UNITS: [(&str, &str); 26] = [
    ("d", "days"),
    ("h", "hours"),
    ("min", "minutes"),
    ("s", "seconds"),
    ("ms", "milliseconds"),
    ("us", "microseconds"),
    ("ns", "nanoseconds"),
    ("By", "bytes"),
    ("KiBy", "kibibytes"),
    ("MiBy", "mebibytes"),
    ("GiBy", "gibibytes"),
    ("TiBy", "tibibytes"),
    ("KBy", "kilobytes"),
    ("MBy", "megabytes"),
    ("GBy", "gigabytes"),
    ("TBy", "terabytes"),
    ("m", "meters"),
    ("V", "volts"),
    ("A", "amperes"),
    ("J", "joules"),
    ("W", "watts"),
    ("g", "grams"),
    ("Cel", "celsius"),
    ("Hz", "hertz"),
    ("1", ""),
    ("%", "percent"),
];

/// Words for what stands after the slash.
const PER_UNITS: [(&str, &str); 7] =
    [("s", "second"), ("m", "minute"), ("h", "hour"), ("d", "day"), ("w", "week"), ("mo", "month"), ("y", "year")];

/// A unit in words, `None` for a part that says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    /// What is measured.
    pub(crate) main: Option<String>,
    /// What it is measured by, with `per_` in front.
    pub(crate) per: Option<String>,
}

impl Unit {
    pub(crate) fn new(unit: &str) -> Self {
        let (main, per) = unit.split_once('/').map_or((unit, ""), |(main, per)| (main, per));
        let per = word(&PER_UNITS, per);
        Self { main: word(&UNITS, main), per: per.map(|per| format!("per_{per}")) }
    }

    /// What is measured, in the characters of metric names.
    pub(crate) fn main_escaped(&self) -> String {
        escaped(self.main.as_deref().unwrap_or_default())
    }

    /// What it is measured by, the same.
    pub(crate) fn per_escaped(&self) -> String {
        escaped(self.per.as_deref().unwrap_or_default())
    }

    /// The whole, for a metric's metadata.
    pub(crate) fn describe(&self) -> String {
        let parts = [self.main_escaped(), self.per_escaped()];
        let whole = parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join("_");
        let whole = whole.strip_prefix('_').unwrap_or(&whole);
        whole.strip_suffix('_').unwrap_or(whole).to_owned()
    }
}

/// The word of a unit; the unit itself if it has none, and nothing for annotations in braces.
fn word(words: &[(&str, &str)], unit: &str) -> Option<String> {
    let unit = unit.trim();
    if unit.is_empty() || unit.contains(['{', '}']) {
        return None;
    }
    let word = words.iter().find(|(short, _)| *short == unit).map_or(unit, |(_, word)| word);
    Some(word.to_owned()).filter(|word| !word.is_empty())
}

fn escaped(unit: &str) -> String {
    let unit: String = unit.chars().map(|c| if is_metric_char(c) { c } else { '_' }).collect();
    let unit = collapsed(&unit);
    unit.strip_prefix('_').unwrap_or(&unit).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_described_in_words() {
        for (unit, words) in [
            ("s", "seconds"),
            ("By/s", "bytes_per_second"),
            ("1", ""),
            ("{request}", ""),
            ("{packet}/s", "per_second"),
            ("m/{thing}", "meters"),
            (" ms ", "milliseconds"),
            ("foo bar", "foo_bar"),
            ("kg·m", "kg_m"),
            ("%", "percent"),
        ] {
            assert_eq!(Unit::new(unit).describe(), words, "{unit}");
        }
    }
}
