//! The page as protobuf: families of the exposition, each after its length.

use std::collections::BTreeMap;

use lab_histogram::{Buckets, Histogram as Value, Schema};
use lab_metrics::ingest::exposition::protobuf::messages::{
    Bucket, BucketSpan, Histogram, LabelPair, Metric, MetricFamily, MetricType, Number,
};
use lab_model::Labels;
use lab_model::labels::METRIC_NAME;
use prost::Message;

use crate::prometheus::query::escape::Escaping;
use crate::prometheus::query::federate::newest::{Kind, Newest, cumulative};

/// Writes each series with the time of its sample and the external labels that it lacks. A name has more than one family if
/// it has samples of more than one kind.
pub(super) fn page(found: &[(Labels, Newest)], external: &BTreeMap<String, String>, escaping: Escaping) -> Vec<u8> {
    let mut families: Vec<MetricFamily> = Vec::new();
    for (labels, newest) in found {
        let name = escaping.escape(labels.metric_name().unwrap_or_default());
        let kind = match newest.kind() {
            Kind::Number => MetricType::Untyped,
            Kind::Histogram => MetricType::Histogram,
            Kind::GaugeHistogram => MetricType::GaugeHistogram,
        };
        let metric = metric(labels, newest, external, escaping);
        match families.last_mut().filter(|family| family.name == name && family.r#type == i32::from(kind)) {
            Some(family) => family.metric.push(metric),
            None => families.push(MetricFamily {
                name,
                r#type: kind.into(),
                metric: vec![metric],
                ..MetricFamily::default()
            }),
        }
    }
    families.iter().flat_map(Message::encode_length_delimited_to_vec).collect()
}

fn metric(labels: &Labels, newest: &Newest, external: &BTreeMap<String, String>, escaping: Escaping) -> Metric {
    let own = labels.iter().filter(|label| &*label.name != METRIC_NAME);
    let own = own.map(|label| (&*label.name, &*label.value));
    let lacking = external.iter().filter(|(name, _)| labels.get(name).is_none());
    let pairs = own.chain(lacking.map(|(name, value)| (&**name, &**value)));
    let label = pairs.map(|(name, value)| LabelPair { name: escaping.escape(name), value: value.to_owned() }).collect();
    let metric = Metric { label, timestamp_ms: newest.timestamp(), ..Metric::default() };
    match newest {
        Newest::Number(sample) => Metric { untyped: Some(Number { value: sample.value }), ..metric },
        Newest::Histogram(sample) => Metric { histogram: Some(histogram(&sample.histogram)), ..metric },
    }
}

/// Custom bounds make a classic histogram, since the format has no native ones with them.
fn histogram(value: &Value) -> Histogram {
    let totals = Histogram { sample_count_float: value.count, sample_sum: value.sum, ..Histogram::default() };
    let schema = match &value.schema {
        Schema::Custom(bounds) => {
            let bucket = |(upper_bound, cumulative_count_float)| Bucket {
                upper_bound,
                cumulative_count_float,
                ..Bucket::default()
            };
            return Histogram { bucket: cumulative(value, bounds).into_iter().map(bucket).collect(), ..totals };
        }
        Schema::Exponential(schema) => *schema,
    };
    let spans = |buckets: &Buckets| {
        buckets.spans().into_iter().map(|(offset, length)| BucketSpan { offset, length }).collect::<Vec<_>>()
    };
    let mut histogram = Histogram {
        schema,
        zero_threshold: value.zero_threshold,
        zero_count_float: value.zero_count,
        negative_span: spans(&value.negative),
        negative_count: value.negative.counts().to_vec(),
        positive_span: spans(&value.positive),
        positive_count: value.positive.counts().to_vec(),
        ..totals
    };
    if histogram.negative_span.is_empty() && histogram.positive_span.is_empty() && value.zero_threshold == 0.0 {
        // Without it a reader would take the histogram for a classic one.
        histogram.positive_span.push(BucketSpan::default());
    }
    histogram
}

#[cfg(test)]
mod tests {
    use lab_histogram::CounterReset;
    use lab_metrics::ingest::exposition::format::HistogramForms;
    use lab_metrics::ingest::exposition::line::{Line, LineValue};
    use lab_metrics::ingest::exposition::protobuf::Families;
    use lab_metrics::model::histogram_sample::HistogramSample;
    use lab_model::Sample;

    use super::*;

    #[test]
    fn a_scrape_reads_back_what_was_written() {
        let positive = Buckets::from_pairs([(-3, 0.5), (4, 2.0)]);
        let growing = Value {
            count: 3.5,
            sum: 9.0,
            zero_threshold: 0.25,
            zero_count: 1.0,
            positive,
            ..Value::empty(Schema::Exponential(2))
        };
        let gauge = Value { reset: CounterReset::Gauge, ..growing.clone() };
        let custom = Value {
            count: 2.0,
            positive: Buckets::from_pairs([(1, 2.0)]),
            ..Value::empty(Schema::Custom([1.0].into()))
        };
        let values = [growing.clone(), gauge.clone(), Value::empty(Schema::Exponential(0)), custom];
        let mut found: Vec<(Labels, Newest)> = Vec::new();
        for (value, at) in values.into_iter().zip(1..) {
            let sample = HistogramSample { timestamp: at, histogram: value.into() };
            found.push((Labels::from_pairs([("__name__", "h"), ("n", &at.to_string())]), Newest::Histogram(sample)));
        }
        let number = Newest::Number(Sample { timestamp: 9, value: 1.5 });
        found.push((Labels::from_pairs([("__name__", "h"), ("n", "9")]), number));
        let external = [("site".to_owned(), "lab".to_owned())].into();
        let body = page(&found, &external, Escaping::AllowUtf8);
        let forms = HistogramForms { native: true, ..HistogramForms::default() };
        let (mut families, mut samples) = (Vec::new(), Vec::new());
        for line in Families::new(&body, forms) {
            match line.expect("readable") {
                Line::Type { name, kind } => families.push(format!("{name} {kind}")),
                Line::Sample(sample) => samples.push(sample),
                _ => {}
            }
        }
        assert_eq!(families, ["h histogram", "h gaugehistogram", "h histogram", "h unknown"]);
        assert_eq!(samples[0].series, r#"h{n="1",site="lab"}"#);
        assert_eq!(samples[0].value, LineValue::Histogram(growing.into()));
        assert_eq!(samples[1].value, LineValue::Histogram(gauge.into()));
        assert_eq!(samples[2].value, LineValue::Histogram(Value::empty(Schema::Exponential(0)).into()));
        let rest: Vec<_> = samples[3..].iter().map(|line| (&*line.series, line.value.number())).collect();
        let expected = [
            (r#"h_count{n="4",site="lab"}"#, Some(2.0)),
            (r#"h_sum{n="4",site="lab"}"#, Some(0.0)),
            (r#"h_bucket{n="4",site="lab",le="1.0"}"#, Some(0.0)),
            (r#"h_bucket{n="4",site="lab",le="+Inf"}"#, Some(2.0)),
            (r#"h{n="9",site="lab"}"#, Some(1.5)),
        ];
        assert_eq!(rest, expected);
    }
}
