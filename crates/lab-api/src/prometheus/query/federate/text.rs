//! The page as Prometheus text.

use std::collections::BTreeMap;
use std::fmt::Write;

use lab_histogram::{Histogram, Schema};
use lab_model::labels::{METRIC_NAME, is_label_name, is_metric_name};
use lab_model::{Labels, format_short_float};

use crate::prometheus::query::escape::Escaping;
use crate::prometheus::query::federate::newest::{Kind, Newest, cumulative};

/// Writes each series with the time of its sample and the external labels that it lacks.
pub(super) fn page(found: &[(Labels, Newest)], external: &BTreeMap<String, String>, escaping: Escaping) -> String {
    let mut page = Page { body: String::new(), family: None, escaping };
    for (labels, newest) in found {
        page.sample(labels, external, newest);
    }
    page.body
}

/// A page that is being written.
struct Page {
    body: String,
    /// Name and kind of the family that was written last.
    family: Option<(String, Kind)>,
    escaping: Escaping,
}

impl Page {
    fn sample(&mut self, labels: &Labels, external: &BTreeMap<String, String>, newest: &Newest) {
        let name = self.escaping.escape(labels.metric_name().unwrap_or_default());
        let family = Some((name.clone(), newest.kind()));
        if family != self.family {
            self.family = family;
            let name = if is_metric_name(&name) { name.clone() } else { quoted(&name) };
            let kind = if newest.kind() == Kind::Number { "untyped" } else { "histogram" };
            let _ = writeln!(self.body, "# TYPE {name} {kind}");
        }
        let own = labels.iter().filter(|label| &*label.name != METRIC_NAME);
        let own = own.map(|label| (&*label.name, &*label.value));
        let lacking = external.iter().filter(|(name, _)| labels.get(name).is_none());
        let lacking = lacking.map(|(name, value)| (&**name, &**value));
        let pairs: Vec<String> = own.chain(lacking).map(|(name, value)| self.pair(name, value)).collect();
        match newest {
            Newest::Number(sample) => self.line(&name, &pairs, sample.value, sample.timestamp),
            Newest::Histogram(sample) => self.histogram(&name, &pairs, &sample.histogram, sample.timestamp),
        }
    }

    /// A native histogram with custom bounds as the classic one that it stands for.
    fn histogram(&mut self, name: &str, pairs: &[String], histogram: &Histogram, timestamp: i64) {
        let bounds: &[f64] = if let Schema::Custom(bounds) = &histogram.schema { bounds } else { &[] };
        let highest = (f64::INFINITY, histogram.count);
        for (bound, up_to) in cumulative(histogram, bounds).into_iter().chain([highest]) {
            let mut pairs = pairs.to_vec();
            pairs.push(self.pair("le", &format_short_float(bound)));
            self.line(&format!("{name}_bucket"), &pairs, up_to, timestamp);
        }
        self.line(&format!("{name}_sum"), pairs, histogram.sum, timestamp);
        self.line(&format!("{name}_count"), pairs, histogram.count, timestamp);
    }

    fn pair(&self, name: &str, value: &str) -> String {
        let name = self.escaping.escape(name);
        let name = if is_label_name(&name) { name } else { quoted(&name) };
        format!("{name}={}", quoted(value))
    }

    fn line(&mut self, name: &str, pairs: &[String], value: f64, timestamp: i64) {
        let mut parts: Vec<&str> = pairs.iter().map(String::as_str).collect();
        let shown = quoted(name);
        if is_metric_name(name) {
            self.body.push_str(name);
        } else {
            parts.insert(0, &shown);
        }
        let _ = writeln!(self.body, "{{{}}} {} {timestamp}", parts.join(","), format_short_float(value));
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n"))
}

#[cfg(test)]
mod tests {
    use lab_histogram::Buckets;
    use lab_metrics::model::histogram_sample::HistogramSample;
    use lab_model::Sample;

    use super::*;

    fn page(escaping: Escaping, labels: &[(&str, &str)], external: &[(&str, &str)]) -> String {
        let external = external.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let number = Newest::Number(Sample { timestamp: 5, value: 1.5 });
        let found = [(Labels::from_pairs(labels.iter().copied()), number)];
        super::page(&found, &external, escaping)
    }

    #[test]
    fn external_labels_fill_what_a_series_lacks() {
        let written =
            page(Escaping::Underscores, &[("__name__", "up"), ("job", "a\"")], &[("job", "x"), ("site", "lab")]);
        assert_eq!(written, "# TYPE up untyped\nup{job=\"a\\\"\",site=\"lab\"} 1.5 5\n");
    }

    #[test]
    fn numbers_have_an_exponent_as_in_go() {
        for (value, expected) in
            [(1e6, "1e+06"), (999_999.5, "999999.5"), (0.000_012, "1.2e-05"), (f64::INFINITY, "+Inf")]
        {
            let found = [(Labels::from_pairs([("__name__", "a")]), Newest::Number(Sample { timestamp: 5, value }))];
            let written = super::page(&found, &BTreeMap::new(), Escaping::Underscores);
            assert_eq!(written, format!("# TYPE a untyped\na{{}} {expected} 5\n"));
        }
    }

    #[test]
    fn every_name_can_be_read_back_or_is_escaped() {
        let labels = [("__name__", "http.time"), ("a b", "1")];
        let escaped = |escaping| page(escaping, &labels, &[("site.name", "lab")]);
        let plain = "# TYPE http_time untyped\nhttp_time{a_b=\"1\",site_name=\"lab\"} 1.5 5\n";
        assert_eq!(escaped(Escaping::Underscores), plain);
        let quoted = "# TYPE \"http.time\" untyped\n{\"http.time\",\"a b\"=\"1\",\"site.name\"=\"lab\"} 1.5 5\n";
        assert_eq!(escaped(Escaping::AllowUtf8), quoted);
        let values = "# TYPE U__http_2e_time untyped\n\
            U__http_2e_time{U__a_20_b=\"1\",U__site_2e_name=\"lab\"} 1.5 5\n";
        assert_eq!(escaped(Escaping::Values), values);
    }

    #[test]
    fn a_histogram_with_custom_bounds_is_written_as_a_classic_one() {
        let schema = Schema::Custom([0.5, 1.0, 2e6].into());
        let positive = Buckets::from_pairs([(0, 1.0), (2, 2.0), (3, 4.0)]);
        let histogram = Histogram { count: 7.0, sum: 8.5, positive, ..Histogram::empty(schema) };
        let sample = HistogramSample { timestamp: 5, histogram: histogram.into() };
        let found = [
            (Labels::from_pairs([("__name__", "h"), ("a", "1")]), Newest::Histogram(sample)),
            (Labels::from_pairs([("__name__", "h"), ("a", "2")]), Newest::Number(Sample { timestamp: 6, value: 3.0 })),
        ];
        let expected = "# TYPE h histogram\nh_bucket{a=\"1\",le=\"0.5\"} 1 5\nh_bucket{a=\"1\",le=\"1\"} 1 5\n\
            h_bucket{a=\"1\",le=\"2e+06\"} 3 5\nh_bucket{a=\"1\",le=\"+Inf\"} 7 5\nh_sum{a=\"1\"} 8.5 5\n\
            h_count{a=\"1\"} 7 5\n# TYPE h untyped\nh{a=\"2\"} 3 6\n";
        assert_eq!(super::page(&found, &BTreeMap::new(), Escaping::Underscores), expected);
    }
}
