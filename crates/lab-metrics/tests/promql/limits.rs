//! Hostile queries end in documented errors.

use lab_metrics::promql::engine::evaluate;
use lab_metrics::promql::params::{CountSamples, EvalParams};
use lab_metrics::promql::value::Value;
use lab_model::{Grant, Interrupt, Labels, MemoryPool};

use crate::notation::{self, Item};
use crate::source::MemorySource;

fn source(series: usize) -> MemorySource {
    let mut source = MemorySource::default();
    for at in 0..series {
        let labels = Labels::from_pairs([("__name__", "m".to_owned()), ("at", at.to_string())]);
        source.load(&labels, &[Item::Value(1.0), Item::Value(2.0)], 60_000);
    }
    source
}

fn error(query: &str, params: &EvalParams) -> String {
    evaluate(&source(100), query, params, &Grant::default()).expect_err("must fail").to_string()
}

#[test]
fn more_samples_than_allowed_are_refused() {
    let params = EvalParams { max_samples: 50, ..EvalParams::instant(60_000) };
    let too_many = "query processing would load too many samples into memory in query execution";
    assert_eq!(error("m", &params), too_many);
    assert_eq!(error("sum(m)", &params), too_many);
    let params = EvalParams::instant(60_000);
    for query in ["vector(1)[100y:1ms]", "max_over_time(max_over_time(m[1y:1s])[1y:1ms])", "sum_over_time(m[30y:1s])"] {
        assert_eq!(error(query, &params), too_many, "{query}");
    }
}

#[test]
fn more_points_than_allowed_are_refused() {
    let text = error("m", &EvalParams::range(0, 11_001_000, 1_000));
    assert!(text.starts_with("exceeded maximum resolution of 11,000 points per timeseries"), "{text}");
    assert!(error("m", &EvalParams::range(0, 1, 0)).starts_with("zero or negative query resolution"));
    assert_eq!(error("m", &EvalParams::range(1, 0, 1)), "end timestamp must not be before start time");
}

#[test]
fn an_interrupt_ends_the_evaluation() {
    let grant = Grant::default();
    grant.interrupt.set();
    let error = evaluate(&source(1), "m", &EvalParams::instant(0), &grant).expect_err("interrupted");
    assert_eq!(error.to_string(), "query timed out in expression evaluation");
}

#[test]
fn deep_nesting_neither_overflows_the_stack_nor_is_parsed_too_deep() {
    let params = EvalParams::instant(0);
    let nested = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(matches!(
        evaluate(&source(0), &nested(250), &params, &Grant::default()).expect("fine").value,
        Value::Scalar(_)
    ));
    assert!(error(&nested(100_000), &params).contains("nests deeper than 256 levels"));
    // The diagnosis of what the parser refuses recurses too.
    assert!(error(&"(".repeat(256), &params).contains("unclosed left parenthesis"));
    assert!(error(&"-".repeat(256), &params).contains("unexpected end of input"));
    assert!(error(&"abs(".repeat(256), &params).contains("unclosed left parenthesis"));
    let unary = format!("{}m", "-".repeat(250));
    assert!(evaluate(&source(1), &unary, &params, &Grant::default()).is_ok());
    let calls = format!("{}m{}", "abs(".repeat(250), ")".repeat(250));
    assert!(evaluate(&source(1), &calls, &params, &Grant::default()).is_ok());
    let sums = format!("m{}", " + m".repeat(250));
    assert!(evaluate(&source(1), &sums, &params, &Grant::default()).is_ok());
}

#[test]
fn hostile_regular_expressions_are_refused() {
    let text = error(r#"m{at=~"((a{1000}){1000}){1000}"}"#, &EvalParams::instant(0));
    assert!(text.contains("parse error"), "{text}");
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in r#"([a-z(){}\[\]"'`,.:@#+*/^=~!<> 0-9-]|sum|rate|by|on|offset|m|start\(\)|é){0,30}"#) {
        let _ = evaluate(&source(2), &text, &EvalParams::range(0, 120_000, 60_000), &Grant::default());
    }

    #[test]
    fn no_query_panics(
        function in "(rate|delta|irate|sum_over_time|quantile_over_time|absent_over_time|deriv|abs|round|sum|topk|sort|hour|timestamp)",
        argument in r#"(m|m\[1m\]|m\[1m:1s\]|m offset -1y|m @ 1e9|m\[100y\] @ end\(\)|1|"a"|-m|m\[0s\])"#,
        second in "(|, 1|, NaN|, -Inf|, m|, m\\[5m\\])",
    ) {
        let query = format!("{function}({argument}{second})");
        let _ = evaluate(&source(2), &query, &EvalParams::range(0, 120_000, 60_000), &Grant::default());
    }

    #[test]
    fn no_time_panics(start in proptest::num::i64::ANY, length in 0_i64..1 << 40, step in 1_i64..1 << 40) {
        let params = EvalParams::range(start, start.saturating_add(length), step);
        for query in ["m", "rate(m[1h])", "m offset 1y", "m offset -1y", "sum_over_time(m[1h:10m])", "timestamp(m)", "hour()"] {
            let _ = evaluate(&source(2), query, &params, &Grant::default());
        }
    }
}

/// A grant of so many bytes for one query.
fn grant(bytes: u64) -> Grant {
    let interrupt = Interrupt::default();
    Grant { memory: MemoryPool::new(2 * bytes).enter(&interrupt).expect("room"), interrupt }
}

#[test]
fn labels_that_grow_end_in_an_error_that_says_how_much_memory_there_is() {
    let doubled = |depth: usize, to: &str| {
        let (open, close) =
            ("label_join(".repeat(depth), format!(r#", "{to}", "", "at", "at", "{to}", "{to}")"#).repeat(depth));
        format!("{open}label_replace(m, \"{to}\", \"0123456789\", \"at\", \".*\"){close}")
    };
    let replaced = r#"label_replace("#.repeat(25) + "m" + &r#", "at", "$1$1$1$1", "at", "(.*)")"#.repeat(25);
    for query in [doubled(25, "big"), replaced, format!("sum by (big) ({})", doubled(25, "big"))] {
        let params = EvalParams::instant(60_000);
        let grant = grant(1 << 20);
        let error = evaluate(&source(100), &query, &params, &grant).expect_err("must fail").to_string();
        assert!(error.starts_with("the query would need more than 1.0 MiB of memory"), "{error}");
        assert!(grant.memory.peak() <= 1 << 20);
    }
    let error = evaluate(&source(1), &doubled(40, "big"), &EvalParams::instant(60_000), &grant(1 << 30));
    let error = error.expect_err("must fail").to_string();
    assert!(error.contains("bytes, and a query may give a label at most 1048576"), "{error}");
}

#[test]
fn results_that_grow_end_in_an_error_that_says_how_much_memory_there_is() {
    for query in [
        r#"count_values("v", m * time())"#,
        "m and m or m unless m",
        "topk(50, m)",
        "m * on (at) m",
        r#"histogram_quantiles(label_replace(m, "le", "1", "at", ".*"), "q", time())"#,
        "quantile by (at) (0.5, m)",
        "sum_over_time(m[1h:1s])",
    ] {
        let params = EvalParams::range(0, 10_000_000, 1000);
        let grant = grant(1 << 20);
        let error = evaluate(&source(100), query, &params, &grant).expect_err(query).to_string();
        assert!(error.starts_with("the query would need more than 1.0 MiB of memory"), "{query}: {error}");
        assert!(grant.memory.peak() <= 1 << 20);
    }
}

#[test]
fn aggregations_of_more_histograms_than_fit_are_evaluated_some_steps_at_a_time() {
    let mut source = MemorySource::default();
    let buckets: Vec<String> = (1..60).map(|count| count.to_string()).collect();
    for at in 0..40 {
        let line = format!(
            "h{{at=\"{at}\", half=\"{}\"}} {{{{schema:3 sum:{at} count:1770 buckets:[{}]}}}}+{{{{schema:3 sum:1 count:1770 \
             buckets:[{}]}}}}x200",
            at % 2,
            buckets.join(" "),
            buckets.join(" "),
        );
        let (labels, items) = notation::series(&line).expect("a series");
        source.load(&labels, &items, 1000);
    }
    for query in [
        "sum(rate(h[10s]))",
        "histogram_quantile(0.9, sum by (half) (rate(h[10s])))",
        "avg by (half) (h)",
        "sum(histogram_count(h) * 2)",
        "topk(1, histogram_sum(h))",
        "count(h) + sum(quantile by (half) (0.5, histogram_avg(h)))",
        "max_over_time(histogram_count(sum(h))[20s:1s])",
        "sum(histogram_count(h)) + sum(sum by (half) (histogram_count(h)))",
    ] {
        let params = EvalParams { count_samples: CountSamples::AtEachStep, ..EvalParams::range(0, 199_000, 1000) };
        let whole = evaluate(&source, query, &params, &Grant::default()).expect(query);
        let small = grant(3 << 20);
        let sliced = evaluate(&source, query, &params, &small).expect(query);
        assert_eq!(format!("{:?}", sliced.value), format!("{:?}", whole.value), "{query}");
        assert_eq!(sliced.stats.samples, whole.stats.samples, "{query}");
        assert!(small.memory.peak() <= 3 << 20);
    }
    let error = evaluate(&source, "rate(h[10s])", &EvalParams::range(0, 199_000, 1000), &grant(3 << 20));
    assert!(error.expect_err("too much").to_string().starts_with("the query would need more than"));
}

#[test]
fn counting_samples_at_many_steps_takes_its_memory_from_the_query() {
    let sums = format!("{}m{}", "sum(".repeat(20), ")".repeat(20));
    let peak = |query: &str, count_samples| {
        let (grant, params) = (grant(1 << 30), EvalParams { count_samples, ..EvalParams::instant(200_000) });
        evaluate(&source(1), query, &params, &grant).expect(query);
        grant.memory.peak()
    };
    let query = format!("sum_over_time({sums}[100s:1ms])");
    let counted = peak(&query, CountSamples::InAll) - peak(&query, CountSamples::No);
    // One number at each of the 100,000 steps, and no more for the aggregations, before which nothing is counted.
    assert!((800_000..801_000).contains(&counted), "{counted}");
    let query = format!("sum_over_time((m + {sums})[100s:1ms])");
    let counted = peak(&query, CountSamples::InAll) - peak(&query, CountSamples::No);
    assert!(counted >= 2_400_000, "each aggregation notes what was counted before it: {counted}");
}
