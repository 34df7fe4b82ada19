//! Scraped metrics, as numbers to compute with.

use std::collections::HashMap;

/// All samples of one scrape.
pub(crate) struct Numbers(Vec<Sample>);

struct Sample {
    name: String,
    labels: HashMap<String, String>,
    value: f64,
}

impl Numbers {
    /// Reads Prometheus text; label values of these services contain neither commas nor escapes.
    pub(crate) fn parse(text: &str) -> Self {
        Self(text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(Sample::parse).collect())
    }

    /// The sum over all series of `name` with these labels.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.matching(name, labels).map(|sample| sample.value).sum()
    }

    /// The same, each series weighted by the number in one of its labels.
    pub(crate) fn weighted_sum(&self, name: &str, weight: &str) -> f64 {
        self.matching(name, &[])
            .map(|sample| sample.value * sample.labels[weight].parse::<f64>().expect("a number"))
            .sum()
    }

    /// Whether there is such a series at all.
    pub(crate) fn exists(&self, name: &str, labels: &[(&str, &str)]) -> bool {
        self.matching(name, labels).next().is_some()
    }

    fn matching(&self, name: &str, labels: &[(&str, &str)]) -> impl Iterator<Item = &Sample> {
        let named = self.0.iter().filter(move |sample| sample.name == name);
        named.filter(move |sample| {
            labels.iter().all(|(key, value)| sample.labels.get(*key).is_some_and(|found| found == value))
        })
    }
}

impl Sample {
    fn parse(line: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').expect("a value");
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let pairs = labels.trim_end_matches('}').split(',').filter_map(|pair| pair.split_once('='));
        Self {
            name: name.to_owned(),
            labels: pairs.map(|(key, value)| (key.to_owned(), value.trim_matches('"').to_owned())).collect(),
            value: value.parse().expect("a number"),
        }
    }
}

#[test]
fn samples_are_read_and_summed() {
    let numbers = Numbers::parse("# TYPE a counter\na_total{x=\"1\",y=\"b\"} 2\na_total{x=\"3\",y=\"c\"} 4\nb 1.5\n");
    assert_eq!(numbers.sum("a_total", &[]), 6.0);
    assert_eq!(numbers.sum("a_total", &[("y", "c")]), 4.0);
    assert_eq!(numbers.weighted_sum("a_total", "x"), 14.0);
    assert!(numbers.exists("b", &[]) && !numbers.exists("c", &[]));
}
