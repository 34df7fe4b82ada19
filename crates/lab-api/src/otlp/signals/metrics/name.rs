//! Names of metrics: invalid characters out, the unit and `_total` or `_ratio` at the end.
//!
//! Units are those of UCUM; annotations in braces are left out, `a/b` reads `a_per_b`.

use lab_metrics::model::metadata::MetricKind;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;

/// The kind of a metric and its name in the metric store.
pub(crate) fn translate(name: &str, unit: &str, data: &Data) -> (MetricKind, String) {
    let kind = kind(data);
    let mut words: Vec<String> = name.split(|c: char| !is_name_char(c)).map(str::to_owned).collect();
    words.retain(|word| !word.is_empty());
    let mut name = words.join("_");
    let suffix = unit_suffix(unit);
    if !suffix.is_empty() && !ends_with_word(&name, &suffix) {
        // A name that already says `_total` keeps it at its end.
        let total = name.ends_with("_total") && kind == MetricKind::Counter;
        if total {
            name.truncate(name.len() - "_total".len());
        }
        if !ends_with_word(&name, &suffix) {
            name = format!("{name}_{suffix}");
        }
    }
    if unit == "1" && kind == MetricKind::Gauge && matches!(data, Data::Gauge(_)) && !name.ends_with("_ratio") {
        name += "_ratio";
    }
    if kind == MetricKind::Counter && !name.ends_with("_total") {
        name += "_total";
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    (kind, name)
}

/// The unit's word, for a metric's metadata; empty if there is none.
pub(crate) fn unit_word(unit: &str) -> &'static str {
    UNITS.iter().find(|(short, _)| *short == unit).map_or("", |(_, word)| word)
}

/// UCUM's units and their Prometheus words.
const UNITS: [(&str, &str); 28] = [
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
    ("TiBy", "tebibytes"),
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
    ("%", "percent"),
    ("bit", "bits"),
    ("mo", "months"),
    ("wk", "weeks"),
];
/// Words for what stands after the slash.
const PER_UNITS: [(&str, &str); 6] =
    [("s", "second"), ("m", "minute"), ("h", "hour"), ("d", "day"), ("w", "week"), ("mo", "month")];

fn kind(data: &Data) -> MetricKind {
    match data {
        Data::Sum(sum) if sum.is_monotonic => MetricKind::Counter,
        Data::Gauge(_) | Data::Sum(_) => MetricKind::Gauge,
        Data::Histogram(_) | Data::ExponentialHistogram(_) => MetricKind::Histogram,
        Data::Summary(_) => MetricKind::Summary,
    }
}

fn unit_suffix(unit: &str) -> String {
    let (main, per) = unit.split_once('/').map_or((unit, None), |(main, per)| (main, Some(per)));
    let mut suffix = match main {
        "1" => String::new(),
        main if main.contains(['{', '}']) => String::new(),
        main => match unit_word(main) {
            "" => clean(main),
            word => word.to_owned(),
        },
    };
    if let Some(per) = per.filter(|per| !per.is_empty() && !per.contains(['{', '}'])) {
        let word =
            PER_UNITS.iter().find(|(short, _)| *short == per).map_or_else(|| clean(per), |(_, w)| (*w).to_owned());
        let separator = if suffix.is_empty() { "" } else { "_" };
        suffix = format!("{suffix}{separator}per_{word}");
    }
    suffix
}

fn clean(text: &str) -> String {
    let words: Vec<_> = text.split(|c: char| !is_name_char(c)).filter(|word| !word.is_empty()).collect();
    words.join("_")
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == ':'
}

fn ends_with_word(name: &str, word: &str) -> bool {
    name.strip_suffix(word).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::metrics::v1::{Gauge, Histogram, Sum};

    #[test]
    fn names_follow_the_compatibility_specification() {
        let counter = || Data::Sum(Sum { is_monotonic: true, ..Sum::default() });
        let up_down = || Data::Sum(Sum::default());
        let (gauge, histogram) = (|| Data::Gauge(Gauge::default()), || Data::Histogram(Histogram::default()));
        for (name, unit, data, expected) in [
            ("http.server.request.duration", "s", histogram(), "http_server_request_duration_seconds"),
            ("http.requests", "1", counter(), "http_requests_total"),
            ("http.requests_total", "{request}", counter(), "http_requests_total"),
            ("io.total", "By", counter(), "io_bytes_total"),
            ("system.cpu.utilization", "1", gauge(), "system_cpu_utilization_ratio"),
            ("queue.length", "1", up_down(), "queue_length"),
            ("network.speed", "By/s", gauge(), "network_speed_bytes_per_second"),
            ("disk.free.bytes", "By", gauge(), "disk_free_bytes"),
            ("2xx--answers", "", gauge(), "_2xx_answers"),
            ("job:a.b", "", gauge(), "job:a_b"),
        ] {
            assert_eq!(translate(name, unit, &data).1, expected, "{name} in {unit}");
        }
    }
}
