//! Protobuf bodies, good and bad.

use proptest::prelude::*;
use prost::Message;

use crate::ingest::exposition::format::HistogramForms;
use crate::ingest::exposition::line::{ExemplarText, Line, LineValue};
use crate::ingest::exposition::protobuf::Families;
use crate::ingest::exposition::protobuf::messages::{
    Bucket, BucketSpan, Counter, Exemplar, Histogram, LabelPair, Metric, MetricFamily, MetricType, Number, Quantile,
    Summary, Timestamp,
};

const NATIVE: HistogramForms = HistogramForms { native: true, classic_too: false, custom_bounds: false };

fn family(name: &str, kind: MetricType, metric: Vec<Metric>) -> MetricFamily {
    MetricFamily { name: name.to_owned(), r#type: kind.into(), metric, ..MetricFamily::default() }
}

fn pair(name: &str, value: &str) -> LabelPair {
    LabelPair { name: name.to_owned(), value: value.to_owned() }
}

fn exemplar(value: f64, at: Option<i64>) -> Exemplar {
    let timestamp = at.map(|seconds| Timestamp { seconds, nanos: 5_000_000 });
    Exemplar { label: vec![pair("trace_id", "a\"b")], value, timestamp }
}

fn bucket(upper_bound: f64, cumulative_count: u64, exemplar: Option<Exemplar>) -> Bucket {
    Bucket { cumulative_count, upper_bound, exemplar, ..Bucket::default() }
}

/// Both forms: two observations in the zero bucket, one up to 2, three up to 8.
fn both() -> Histogram {
    Histogram {
        sample_count: 6,
        sample_sum: 20.5,
        bucket: vec![bucket(2.0, 3, Some(exemplar(1.5, None))), bucket(8.0, 6, Some(exemplar(7.0, Some(9))))],
        zero_threshold: 0.001,
        zero_count: 2,
        positive_span: vec![BucketSpan { offset: 1, length: 1 }, BucketSpan { offset: 1, length: 2 }],
        positive_delta: vec![1, 2, -3],
        ..Histogram::default()
    }
}

fn of(histogram: Histogram) -> Vec<MetricFamily> {
    let metric = Metric { histogram: Some(histogram), ..Metric::default() };
    vec![family("h", MetricType::Histogram, vec![metric])]
}

/// One line for each thing found, so that expectations read like the body.
fn read(families: &[MetricFamily], forms: HistogramForms) -> Result<Vec<String>, String> {
    let body: Vec<u8> = families.iter().flat_map(Message::encode_length_delimited_to_vec).collect();
    let show = |line: Line<'_>| match line {
        Line::Help { name, text } => format!("help {name} {text:?}"),
        Line::Type { name, kind } => format!("type {name} {kind}"),
        Line::Unit { name, unit } => format!("unit {name} {unit}"),
        Line::Sample(sample) => {
            let value = match &sample.value {
                LineValue::Number(number) => number.to_string(),
                LineValue::Histogram(histogram) => format!("{histogram} {:?}", histogram.reset),
            };
            let time = sample.timestamp.map_or_else(String::new, |at| format!(" @{at}"));
            let exemplar = |one: &ExemplarText<'_>| format!(" # {} {} {:?}", one.labels, one.value, one.timestamp);
            let exemplars: Vec<_> = sample.exemplars.iter().map(exemplar).collect();
            format!("{} {value}{time}{}", sample.series, exemplars.concat())
        }
    };
    Families::new(&body, forms).map(|line| line.map(show).map_err(|error| error.to_string())).collect()
}

#[test]
fn every_type_becomes_the_lines_that_it_has_in_text() {
    let counter = Counter { value: 3.0, exemplar: Some(exemplar(1.0, Some(9))) };
    let labels = vec![pair("path", "C:\\\n"), pair("a b", "c"), pair("d", "")];
    let summary = Summary {
        sample_count: 4,
        sample_sum: 2.5,
        quantile: vec![Quantile { quantile: 0.5, value: f64::NAN }, Quantile { quantile: 1.0, value: 2.0 }],
    };
    let families = [
        MetricFamily {
            help: "All \\ requests.".to_owned(),
            unit: "requests".to_owned(),
            ..family(
                "a_total",
                MetricType::Counter,
                vec![Metric { label: labels, counter: Some(counter), timestamp_ms: 77, ..Metric::default() }],
            )
        },
        family("nothing", MetricType::Gauge, Vec::new()),
        family(
            "with space",
            MetricType::Gauge,
            vec![Metric { gauge: Some(Number { value: f64::NEG_INFINITY }), ..Metric::default() }],
        ),
        family("s", MetricType::Summary, vec![Metric { summary: Some(summary), ..Metric::default() }]),
        family("u", MetricType::Untyped, vec![Metric { label: vec![pair("x", "1")], ..Metric::default() }]),
    ];
    let expected = [
        r#"help a_total "All \\ requests.""#,
        "unit a_total requests",
        "type a_total counter",
        r#"a_total{path="C:\\\n","a b"="c"} 3 @77 # {"trace_id"="a\"b"} 1 Some(9005)"#,
        r#"help with space """#,
        "type with space gauge",
        r#"{"with space"} -inf"#,
        r#"help s """#,
        "type s summary",
        "s_count 4",
        "s_sum 2.5",
        r#"s{quantile="0.5"} NaN"#,
        r#"s{quantile="1.0"} 2"#,
        r#"help u """#,
        "type u unknown",
        r#"u{x="1"} 0"#,
    ];
    assert_eq!(read(&families, NATIVE).expect("readable"), expected);
}

#[test]
fn histograms_come_in_the_forms_that_are_wanted() {
    let native = r"h {count:6, sum:20.5, [-0.001,0.001]:2, (1,2]:1, (4,8]:3} Unknown";
    let native_with = format!(r#"{native} # {{"trace_id"="a\"b"}} 7 Some(9005)"#);
    let classic = [
        "h_count 6",
        "h_sum 20.5",
        r#"h_bucket{le="2.0"} 3 # {"trace_id"="a\"b"} 1.5 None"#,
        r#"h_bucket{le="8.0"} 6 # {"trace_id"="a\"b"} 7 Some(9005)"#,
        r#"h_bucket{le="+Inf"} 6"#,
    ];
    let custom = r#"h {count:6, sum:20.5, [-Inf,2]:3, (2,8]:3} Unknown # {"trace_id"="a\"b"} 7 Some(9005)"#;
    let found = |native, classic_too, custom_bounds, histogram| {
        let forms = HistogramForms { native, classic_too, custom_bounds };
        read(&of(histogram), forms).expect("readable")[2..].to_vec()
    };
    assert_eq!(found(true, false, false, both()), [&*native_with]);
    assert_eq!(found(true, true, false, both()), [&[&*native_with], &classic[..]].concat());
    assert_eq!(found(false, false, false, both()), classic);
    assert_eq!(found(false, false, true, both()), [custom]);
    assert_eq!(found(false, true, true, both()), [&classic[..], &[custom]].concat());
    assert_eq!(found(true, false, true, both()), [&*native_with], "what is native is not converted");
    let only_classic = || Histogram {
        zero_threshold: 0.0,
        zero_count: 0,
        positive_span: Vec::new(),
        positive_delta: Vec::new(),
        ..both()
    };
    assert_eq!(found(true, false, false, only_classic()), classic);
    assert_eq!(found(true, false, true, only_classic()), [custom]);
    let own = Histogram { exemplars: vec![exemplar(3.0, None), exemplar(4.0, Some(1))], ..both() };
    assert_eq!(found(true, false, false, own), [format!(r#"{native} # {{"trace_id"="a\"b"}} 4 Some(1005)"#)]);
}

#[test]
fn floats_and_gauges_are_read() {
    let floats = Histogram {
        sample_count_float: 4.5,
        zero_count_float: 0.5,
        sample_sum: 1.0,
        schema: 8,
        negative_span: vec![BucketSpan { offset: 0, length: 3 }],
        negative_count: vec![1.0, 0.0, 3.0],
        ..Histogram::default()
    };
    let metric = Metric { histogram: Some(floats), ..Metric::default() };
    let lines = read(&[family("g", MetricType::GaugeHistogram, vec![metric])], NATIVE).expect("readable");
    assert_eq!(lines[1], "type g gaugehistogram");
    let expected = "g {count:4.5, sum:1, [-1.0054299011128027,-1.0027112750502025):3, [-1,-0.9972960560";
    assert!(lines[2].starts_with(expected), "{}", lines[2]);
    assert!(lines[2].ends_with(" Gauge"), "{}", lines[2]);
    let empty = Histogram { positive_span: vec![BucketSpan::default()], ..Histogram::default() };
    assert_eq!(read(&of(empty), NATIVE).expect("readable")[2], "h {count:0, sum:0} Unknown");
}

#[test]
fn labels_without_a_value_and_families_without_metrics_say_nothing() {
    let metric = Metric { label: vec![pair("a", ""), pair("a", "b")], ..Metric::default() };
    let nothing = MetricFamily { r#type: 9, ..family("x", MetricType::Gauge, Vec::new()) };
    let lines = read(&[nothing, family("g", MetricType::Gauge, vec![metric])], NATIVE).expect("readable");
    assert!(lines[2].starts_with("g{a=\"b\"} 0"), "{lines:?}");
}

#[test]
fn errors_name_the_family() {
    let refused = |histogram: Histogram| {
        let mut families = of(histogram);
        families.insert(0, family("a", MetricType::Gauge, vec![Metric::default()]));
        read(&families, NATIVE).expect_err("makes no sense")
    };
    for (histogram, expected) in [
        (Histogram { positive_delta: vec![1], ..both() }, "the spans hold 3 buckets, but 1 counts are given"),
        (Histogram { sample_count: 7, ..both() }, "the buckets hold 6 observations, but the count says 7"),
        (Histogram { schema: -9, ..both() }, "schema -9 is unknown"),
        // Of remote write finer ones are taken, as by Prometheus.
        (Histogram { schema: 9, ..both() }, "schema 9 is unknown"),
    ] {
        let error = refused(histogram);
        assert!(error.starts_with("metric family 2 (\"h\"): the histogram with the labels {}"), "{error}");
        assert!(error.contains(expected), "{error}");
    }
    let unknown = MetricFamily { r#type: 9, ..family("x", MetricType::Gauge, vec![Metric::default()]) };
    assert_eq!(read(&[unknown], NATIVE), Err("metric family 1 (\"x\"): the metric type 9 is unknown".to_owned()));
    let falling = Histogram { bucket: vec![bucket(1.0, 6, None), bucket(2.0, 3, None)], ..both() };
    let forms = HistogramForms { custom_bounds: true, ..HistogramForms::default() };
    let error = read(&of(falling), forms).expect_err("counts fall");
    assert!(error.contains("the count of the bucket le=2 is less than that of the one before it"), "{error}");
    let torn = Families::new(&[200, 1, 10], NATIVE).next().expect("something").expect_err("torn");
    assert!(torn.to_string().starts_with("metric family 1: this is no message of a metric family: "), "{torn}");
}

#[test]
fn metrics_are_decoded_one_by_one_up_to_bounds() {
    // A million metrics of two bytes each: none is decoded before its line is due.
    let metrics = [&[10, 1, b'a', 24, 1][..], &[0x22, 0].repeat(1_000_000)].concat();
    let mut body = Vec::new();
    prost::encode_length_delimiter(metrics.len(), &mut body).expect("room");
    body.extend(metrics);
    let mut families = Families::new(&body, NATIVE);
    for _ in 0..3 {
        families.next().expect("a line").expect("readable");
        assert!(families.lines.len() <= 2, "{}", families.lines.len());
    }
    let long = vec![pair("x", &"y".repeat(1 << 20))];
    let error = read(&[family("a", MetricType::Gauge, vec![Metric { label: long, ..Metric::default() }])], NATIVE)
        .expect_err("long");
    assert!(error.contains("and at most 1048576 are read"), "{error}");
    // Each bucket repeats the labels.
    let bucket = |bound: u32| bucket(f64::from(bound), 0, None);
    let histogram = Histogram { bucket: (0..1000).map(bucket).collect(), ..Histogram::default() };
    let label = vec![pair("x", &"y".repeat(500 << 10))];
    let metric = Metric { label, histogram: Some(histogram), ..Metric::default() };
    let error = read(&[family("h", MetricType::Histogram, vec![metric])], HistogramForms::default()).expect_err("long");
    assert!(error.contains("more than 268435456 bytes when they are written out"), "{error}");
}

proptest! {
    #[test]
    fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Families::new(&body, NATIVE).count() <= body.len() + 1);
    }
}
