//! Names of metrics, to which the default strategy adds unit and type.

use lab_metrics::ingest::otlp::OtlpConfig;
use lab_metrics::model::metadata::MetricKind;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;

use crate::otlp::signals::metrics::naming::characters::{is_metric_char, is_underscores};
use crate::otlp::signals::metrics::naming::no_name::NoName;
use crate::otlp::signals::metrics::naming::unit::Unit;

/// The kind of a metric.
pub(crate) fn kind(data: &Data) -> MetricKind {
    match data {
        Data::Sum(sum) if sum.is_monotonic => MetricKind::Counter,
        Data::Gauge(_) | Data::Sum(_) => MetricKind::Gauge,
        Data::Histogram(_) | Data::ExponentialHistogram(_) => MetricKind::Histogram,
        Data::Summary(_) => MetricKind::Summary,
    }
}

/// The name of a metric in the store.
pub(crate) fn metric_name(config: &OtlpConfig, name: &str, unit: &str, data: &Data) -> Result<String, NoName> {
    let strategy = config.translation_strategy;
    let ending = Ending::new(unit, data);
    let translated = match (strategy.escapes(), strategy.adds_suffixes()) {
        (true, true) => escaped_with_suffixes(name, unit, &ending),
        (true, false) => before_digit(joined(name, |c| is_metric_char(c) || c == '_')),
        (false, true) => with_suffixes(name, unit, &ending),
        (false, false) => name.to_owned(),
    };
    let nothing_left = translated.is_empty() || strategy.escapes() && translated != name && is_underscores(&translated);
    if nothing_left {
        Err(NoName(format!("the name {name:?} of a metric has no letter or digit")))
    } else {
        Ok(translated)
    }
}

/// What a metric's type adds to its name.
struct Ending {
    is_counter: bool,
    is_ratio: bool,
}

impl Ending {
    fn new(unit: &str, data: &Data) -> Self {
        // Many counters of things have the unit 1, so that only gauges are called ratios.
        let is_ratio = unit == "1" && matches!(data, Data::Gauge(_));
        Self { is_counter: kind(data) == MetricKind::Counter, is_ratio }
    }

    fn words<'a>(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        [(self.is_counter, "total"), (self.is_ratio, "ratio")].into_iter().filter(|(is, _)| *is).map(|(_, word)| word)
    }
}

fn escaped_with_suffixes(name: &str, unit: &str, ending: &Ending) -> String {
    let mut words: Vec<&str> = name.split(|c| !is_metric_char(c)).filter(|word| !word.is_empty()).collect();
    let unit = Unit::new(unit);
    let (main, per) = (unit.main_escaped(), unit.per_escaped());
    let main = if words.contains(&main.as_str()) { "" } else { main.as_str() };
    let per = per.strip_suffix('_').unwrap_or(&per);
    let per = if per == "per" || words.contains(&per) { "" } else { per };
    let main = if per.is_empty() { main } else { main.strip_suffix('_').unwrap_or(main) };
    words.extend([main, per].into_iter().filter(|word| !word.is_empty()));
    for word in ending.words() {
        words.retain(|other| *other != word);
        words.push(word);
    }
    before_digit(words.join("_"))
}

fn with_suffixes(name: &str, unit: &str, ending: &Ending) -> String {
    let unit = Unit::new(unit);
    let per = unit.per.as_deref().unwrap_or_default();
    let mut name = name;
    for word in ending.words().chain([per]) {
        name = without_last_word(name, word);
    }
    let main = unit.main.as_deref().filter(|main| !name.ends_with(main));
    let words = main.into_iter().chain([per]).chain(ending.words()).filter(|word| !word.is_empty());
    words.fold(name.to_owned(), |name, word| format!("{name}_{word}"))
}

/// A name without a word at its end and what stands before the word.
fn without_last_word<'a>(name: &'a str, word: &str) -> &'a str {
    let rest = name.strip_suffix(word).filter(|_| !word.is_empty());
    let shorter = rest.and_then(|rest| rest.char_indices().next_back()).map(|(at, _)| &name[..at]);
    shorter.filter(|shorter| !shorter.is_empty()).unwrap_or(name)
}

/// The parts of a name that consist of such characters, with `_` between them.
fn joined(name: &str, is_part: impl Fn(char) -> bool) -> String {
    name.split(|c| !is_part(c)).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

fn before_digit(name: String) -> String {
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use lab_metrics::ingest::otlp::TranslationStrategy;
    use opentelemetry_proto::tonic::metrics::v1::{Gauge, Histogram, Sum};

    use super::*;

    fn config(translation_strategy: TranslationStrategy) -> OtlpConfig {
        OtlpConfig { translation_strategy, ..OtlpConfig::default() }
    }

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
            ("total.io", "By", counter(), "io_bytes_total"),
            ("system.cpu.utilization", "1", gauge(), "system_cpu_utilization_ratio"),
            ("queue.length", "1", up_down(), "queue_length"),
            ("network.speed", "By/s", gauge(), "network_speed_bytes_per_second"),
            ("disk.free.bytes", "By", gauge(), "disk_free_bytes"),
            ("bytes.read", "By", gauge(), "bytes_read"),
            ("memory", "TiBy", gauge(), "memory_tibibytes"),
            ("2xx--answers", "", gauge(), "_2xx_answers"),
            ("job:a.b", "", gauge(), "job:a_b"),
        ] {
            let got = metric_name(&config(TranslationStrategy::default()), name, unit, &data);
            assert_eq!(got.as_deref(), Ok(expected), "{name} in {unit}");
        }
    }

    #[test]
    fn each_strategy_has_its_names() {
        use TranslationStrategy::{
            NoTranslation, NoUTF8EscapingWithSuffixes, UnderscoreEscapingWithSuffixes,
            UnderscoreEscapingWithoutSuffixes,
        };
        let counter = || Data::Sum(Sum { is_monotonic: true, ..Sum::default() });
        let gauge = || Data::Gauge(Gauge::default());
        let strategies = [
            UnderscoreEscapingWithSuffixes,
            UnderscoreEscapingWithoutSuffixes,
            NoUTF8EscapingWithSuffixes,
            NoTranslation,
        ];
        for (name, unit, data, expected) in [
            ("a.b", "s", counter(), ["a_b_seconds_total", "a_b", "a.b_seconds_total", "a.b"]),
            ("a.b_total", "s", counter(), ["a_b_seconds_total", "a_b_total", "a.b_seconds_total", "a.b_total"]),
            ("a..b__c", "1", gauge(), ["a_b_c_ratio", "a_b__c", "a..b__c_ratio", "a..b__c"]),
            ("x.ratio", "1", gauge(), ["x_ratio", "x_ratio", "x_ratio", "x.ratio"]),
            (
                "io per_s",
                "By/s",
                gauge(),
                ["io_per_s_bytes_per_second", "io_per_s", "io per_s_bytes_per_second", "io per_s"],
            ),
            ("grad", "°C", gauge(), ["grad_C", "grad", "grad_°C", "grad"]),
            ("1st", "", gauge(), ["_1st", "_1st", "1st", "1st"]),
        ] {
            let got = strategies.map(|strategy| metric_name(&config(strategy), name, unit, &data).expect("a name"));
            assert_eq!(got, expected, "{name} in {unit}");
        }
    }

    #[test]
    fn what_has_no_letter_is_no_name() {
        for name in ["", "...", "-"] {
            let got = metric_name(&config(TranslationStrategy::default()), name, "", &Data::Gauge(Gauge::default()));
            assert!(got.is_err(), "{name}: {got:?}");
        }
    }
}
