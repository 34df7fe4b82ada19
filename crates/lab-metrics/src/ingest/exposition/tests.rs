//! Bodies of text in both formats, good and bad.

use proptest::prelude::*;

use crate::ingest::exposition::format::{ExpositionError, Format, Place};
use crate::ingest::exposition::line::Line;
use crate::ingest::exposition::parser::Parser;
use crate::ingest::exposition::series_text::{exemplar_labels, labels};
use crate::model::metadata::MetricKind;

use Format::{OpenMetrics, PrometheusText};

/// One line for each thing found, so that expectations read like the body.
fn read(body: &str, format: Format) -> Result<Vec<String>, ExpositionError> {
    let mut found = Vec::new();
    for line in Parser::new(body.as_bytes(), format) {
        found.push(match line? {
            Line::Help { name, text } => format!("help {name} {text:?}"),
            Line::Type { name, kind } => format!("type {name} {kind}"),
            Line::Unit { name, unit } => format!("unit {name} {unit}"),
            Line::Sample(sample) => {
                let pairs = labels(&sample.series, sample.kind)
                    .map_err(|reason| ExpositionError { place: Place::Line(0), reason })?;
                let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
                let time = sample.timestamp.map_or_else(String::new, |at| format!(" @{at}"));
                let exemplar = sample.exemplars.first().map_or_else(String::new, |exemplar| {
                    format!(" # {:?} {} {:?}", exemplar_labels(&exemplar.labels), exemplar.value, exemplar.timestamp)
                });
                format!("{} {}{time}{exemplar}", pairs.join(","), sample.value.number().expect("a number"))
            }
        });
    }
    Ok(found)
}

fn reason(body: &str, format: Format) -> String {
    read(body, format).expect_err("must not be readable").to_string()
}

#[test]
fn prometheus_text_is_read() {
    let body = r#"
# HELP http_requests_total The total\nof \\ requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{ method = "get" , path="C:\\DIR\n\"x\"\t", } 3
# a comment
metric_without_timestamp_and_labels 12.47
	something_weird{problem="division by zero"} +Inf 3982045
{"a utf-8.name","quoted label"="x"} NaN
"#;
    let expected = [
        r#"help http_requests_total "The total\nof \\ requests.""#,
        "type http_requests_total counter",
        r#"__name__="http_requests_total",method="post",code="200" 1027 @1395066363000"#,
        r#"__name__="http_requests_total",method="get",path="C:\\DIR\n\"x\"\\t" 3"#,
        r#"__name__="metric_without_timestamp_and_labels" 12.47"#,
        r#"__name__="something_weird",problem="division by zero" inf @3982045"#,
        r#"__name__="a utf-8.name",quoted label="x" NaN"#,
    ];
    assert_eq!(read(body, PrometheusText).expect("readable"), expected);
}

#[test]
fn open_metrics_is_read() {
    let body = concat!(
        "# TYPE foo_seconds histogram\n# UNIT foo_seconds seconds\n# HELP foo_seconds A \\\"foo\\\".\n",
        "foo_seconds_bucket{le=\"1\"} 4 # {trace_id=\"KO#C}\"} 0.67 1520879607.789\n",
        "foo_seconds_bucket{le=\"+Inf\"} 4 1520879607.5\nfoo_seconds_sum 1e1\n# EOF\n",
    );
    let expected = [
        "type foo_seconds histogram",
        "unit foo_seconds seconds",
        r#"help foo_seconds "A \"foo\".""#,
        r#"__name__="foo_seconds_bucket",le="1.0" 4 # Ok([("trace_id", "KO#C}")]) 0.67 Some(1520879607789)"#,
        r#"__name__="foo_seconds_bucket",le="+Inf" 4 @1520879607500"#,
        r#"__name__="foo_seconds_sum" 10"#,
    ];
    assert_eq!(read(body, OpenMetrics).expect("readable"), expected);
}

#[test]
fn bounds_are_normalised_where_the_type_says_what_they_are() {
    let bound = |kind, text| labels(text, kind).expect("readable")[1].1.clone().into_owned();
    assert_eq!(bound(MetricKind::Histogram, r#"a_bucket{le="5"}"#), "5.0");
    assert_eq!(bound(MetricKind::Summary, r#"a{quantile="1"}"#), "1.0");
    assert_eq!(bound(MetricKind::Gauge, r#"a{le="5"}"#), "5");
    assert_eq!(bound(MetricKind::Histogram, r#"a_bucket{le="five"}"#), "five");
}

#[test]
fn errors_name_the_line() {
    for (body, expected) in [
        ("a 1\nb\n", r#"line 2: "b" is not a sample"#),
        ("a 1\n\nb x\n", r#"line 3: invalid value "x""#),
        ("a{b=\"c\" 1\n", r#"line 1: expected the name of a label or a closing brace, found "1""#),
        ("a{b=\"c\"\n", "line 1: the closing brace of the labels is missing"),
        ("a{b=\"c} 1\n", "line 1: the closing quote of a label value is missing"),
        ("a 1 2 3\n", r#"line 1: unexpected "3" after the timestamp"#),
        ("a 1 x\n", r#"line 1: invalid timestamp "x""#),
        ("1a 1\n", r#"line 1: invalid metric name "1a""#),
        ("# TYPE a nonsense\n", r#"line 1: invalid metric type "nonsense""#),
        ("<html><body>404</body></html>\n", r#"line 1: "<html><body>404</body></html>" is not a sample"#),
    ] {
        assert_eq!(reason(body, PrometheusText), expected, "{body}");
    }
    for (body, expected) in [
        ("a 1\n", "line 2: the body does not end with # EOF"),
        ("a 1\n# EOF\na 2\n", "line 3: unexpected data after # EOF"),
        ("\n# EOF\n", "line 1: empty line"),
        ("a 1 # 3\n# EOF\n", "line 1: the exemplar has no labels"),
        (
            "a{b=\"c\" d=\"e\"} 1\n# EOF\n",
            r#"line 1: expected a comma or the closing brace behind a label, found " d=\"e\"} 1""#,
        ),
        ("a {b=\"c\"} 1\n# EOF\n", "line 1: there is a space between the metric name and its labels"),
        (
            "# a\n# EOF\n",
            r##"line 1: "# a" is neither # HELP, # TYPE, # UNIT nor # EOF, and OpenMetrics has no other comments"##,
        ),
        ("# UNIT a s\n# EOF\n", r#"line 1: the unit "s" is not a suffix of the metric name "a""#),
    ] {
        assert_eq!(reason(body, OpenMetrics), expected, "{body}");
    }
    for body in [b"a 1\n\xff 2\n".as_slice(), b"a 1\nb{c=\"\xff\"} 2\n", b"# x\n# HELP a \xe4\n", b"# x\xe4\na\xff 1"] {
        let invalid = Parser::new(body, PrometheusText).find_map(Result::err).expect("no UTF-8");
        assert_eq!(invalid.to_string(), "line 2: invalid UTF-8", "{body:?}");
    }
    let body = b"# gr\xf6\xdfe\na 1\n# \xff\nb 2\n# \xff";
    assert_eq!(Parser::new(body, PrometheusText).flatten().count(), 2, "plain comments may hold anything");
}

#[test]
fn errors_inside_labels_are_found_when_they_are_looked_at() {
    for (series, expected) in [
        (r#"a{b="c",b="d"}"#, r#"label "b" appears twice"#),
        (r#"a{1b="c"}"#, r#"invalid label name "1b""#),
        (r"a{b}", r#"label "b" has no value"#),
        (r"a{b=c}", r#"expected a quoted value, found "c}""#),
        (r#"{"",b="c"}"#, "the sample has no metric name"),
        (r#"{"a",""="c"}"#, "the name of a label must not be empty"),
        (r#"{"a",__name__="b"}"#, r#"label "__name__" appears twice"#),
        (r#"{b="c"}"#, "the sample has no metric name"),
    ] {
        assert_eq!(labels(series, MetricKind::Gauge).expect_err("bad"), expected);
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        for format in [PrometheusText, OpenMetrics] {
            prop_assert!(Parser::new(&body, format).count() <= body.len() + 1);
        }
    }

    #[test]
    fn no_text_that_looks_like_a_body_panics(body in "([a-z]{1,3}|[{}=\"\\\\,# \n]|TYPE|HELP|EOF|1|\\.|é){0,40}") {
        for format in [PrometheusText, OpenMetrics] {
            let _ = read(&body, format);
        }
    }

    #[test]
    fn any_label_value_comes_back(value in ".{0,20}") {
        let escaped = value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
        let body = format!("a{{b=\"{escaped}\"}} 1\n");
        let line = Parser::new(body.as_bytes(), PrometheusText).next();
        let Some(Ok(Line::Sample(sample))) = line else { panic!("{line:?}") };
        let pairs = labels(&sample.series, sample.kind).expect("readable");
        prop_assert_eq!(&*pairs[1].1, &*value);
    }
}

#[test]
fn blanks_may_stand_around_names_and_signs_in_prometheus_text_only() {
    for text in ["a {x = \"1\"} 2\n", "a\t{ x=\"1\" , } 2\n", "a  {  x  =  \"1\"  }  2  \n"] {
        let mut parser = Parser::new(text.as_bytes(), Format::PrometheusText);
        let Some(Ok(Line::Sample(sample))) = parser.next() else { panic!("{text:?} is not read") };
        let pairs = labels(&sample.series, MetricKind::Unknown).expect("labels");
        assert_eq!(pairs, [("__name__".into(), "a".into()), ("x".into(), "1".into())], "{text:?}");
        assert_eq!(sample.value.number(), Some(2.0));
        let open_metrics = format!("{text}# EOF\n");
        let refused = Parser::new(open_metrics.as_bytes(), Format::OpenMetrics).next();
        assert!(matches!(refused, Some(Err(_))), "{text:?}: {refused:?}");
    }
}
