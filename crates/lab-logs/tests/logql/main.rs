//! LogQL by scripts (`tests/logql/*.test`) and by a list of queries (`tests/logql/queries.yaml`).
//!
//! `range` evaluates a metric query every ten seconds from 0 to 60: a series is answered as
//! `{labels} <second>=<value> …`.
//!
//! `load` takes lines of `<second> {stream labels} [structured metadata] line`. `eval` evaluates at second 60:
//! a log query is answered as `<second> line`, newest first; a metric query as `{labels} value`, or
//! `scalar value`. `warning …` and `error …` want that text in the answer's warnings or error.

mod generated;
mod unread;

use std::path::PathBuf;

use lab_logs::logql::eval::lines::{Direction, LinesRequest, lines};
use lab_logs::logql::eval::metric::metric;
use lab_logs::logql::eval::survey::hints::of_metric;
use lab_logs::logql::eval::value::Value;
use lab_logs::logql::limits::QueryLimits;
use lab_logs::logql::syntax::ast::Query;
use lab_logs::logql::syntax::parser::{parse, parse_selector};
use lab_logs::{Entry, Grid, Limits, LogStore, Policy, Series};
use lab_model::{Grant, Interrupt, Labels, MemoryPool, format_float};
use lab_storage::Location;
use lab_testkit::script::run_folder;
use proptest::prelude::*;
use serde::Deserialize;

const SECOND: i64 = 1_000_000_000;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/logql")
}

fn store() -> LogStore {
    // Chunks of one or two lines, so that every query merges memory and several chunks.
    LogStore::open(&Location::Memory, Limits { chunk_bytes: 80, ..Limits::default() }).expect("open")
}

#[test]
fn scripts() {
    run_folder(&folder(), store, |store, block| match &*block.command {
        "load" => load(store, &block.body),
        "eval" => compare(&block.body, &eval(store, &block.argument)),
        "range" => compare(&block.body, &range(store, &block.argument)),
        other => Err(format!("unknown command {other:?}")),
    });
}

fn load(store: &LogStore, body: &[String]) -> Result<(), String> {
    for (at, line) in body.iter().enumerate() {
        let (second, rest) = line.split_once(' ').ok_or("no second")?;
        let (stream, rest) = rest.split_once("} ").ok_or("no labels")?;
        let (metadata, text) = match rest.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            Some((metadata, text)) => (labels(metadata)?, text),
            None => (Labels::empty(), rest),
        };
        let second: i64 = second.parse().map_err(|_| "bad second")?;
        let entry = Entry::new(second * SECOND, text).with_metadata(metadata);
        store.append([(labels(&stream[1..])?, entry)], &Policy::collected());
        if at % 2 == 0 {
            store.flush().map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

fn labels(text: &str) -> Result<Labels, String> {
    let query = parse_selector(&format!("{{{text}}}")).map_err(|error| error.to_string())?;
    Ok(Labels::from_pairs(query.matchers.into_iter().map(|matcher| (matcher.name, matcher.value))))
}

fn eval(store: &LogStore, text: &str) -> Vec<String> {
    let (limits, grant) = (QueryLimits::default(), Grant::default());
    let answer = parse(text).and_then(|query| match query {
        Query::Logs(query) => {
            let request =
                LinesRequest { start: 0, end: 61 * SECOND, limit: 100, direction: Direction::Backward, interval: 0 };
            let found = lines(store, &query, request, &limits, &grant)?;
            let forward = LinesRequest { direction: Direction::Forward, ..request };
            let mut other_way = lines(store, &query, forward, &limits, &grant)?.lines;
            other_way.reverse();
            assert_eq!(found.lines, other_way, "{text}: both directions find the same");
            let lines = found.lines.iter().map(|line| format!("{} {}", line.timestamp / SECOND, line.line));
            Ok(lines.chain(found.warnings.iter().map(|warning| format!("warning {warning}"))).collect())
        }
        Query::Metric(query) => Ok(match metric(store, &query, Grid::instant(60 * SECOND), &limits, &grant)? {
            Value::Scalar(number) => vec![format!("scalar {}", format_float(number))],
            Value::Vector(series) if series.is_empty() => {
                let hints = of_metric(store, &query, Grid::instant(60 * SECOND))?;
                hints.iter().map(|hint| format!("warning {hint}")).collect()
            }
            Value::Vector(series) => {
                let value = |one: &Series| format_float(one.at(0).expect("a value"));
                series.iter().map(|one| format!("{} {}", one.labels, value(one))).collect()
            }
        }),
    });
    answer.unwrap_or_else(|error| vec![format!("error {error}")])
}

fn range(store: &LogStore, text: &str) -> Vec<String> {
    let grid = Grid::range(0, 60 * SECOND, 10 * SECOND);
    let value = parse(text).and_then(|query| match query {
        Query::Metric(query) => metric(store, &query, grid, &QueryLimits::default(), &Grant::default()),
        Query::Logs(_) => panic!("{text} is a log query"),
    });
    match value {
        Err(error) => vec![format!("error {error}")],
        Ok(Value::Scalar(number)) => vec![format!("scalar {}", format_float(number))],
        Ok(Value::Vector(series)) => {
            let sample = |(step, value): (usize, f64)| format!(" {}={}", step * 10, format_float(value));
            series
                .iter()
                .map(|one| format!("{}{}", one.labels, one.samples().map(sample).collect::<String>()))
                .collect()
        }
    }
}

fn compare(expected: &[String], found: &[String]) -> Result<(), String> {
    let fits = |(expected, found): (&String, &String)| match expected.split_once(' ') {
        Some((kind @ ("warning" | "error"), text)) => found.starts_with(kind) && found.contains(text),
        // Bodies are trimmed, lines may end in spaces.
        _ => expected == found.trim_end(),
    };
    if expected.len() == found.len() && expected.iter().zip(found).all(fits) {
        return Ok(());
    }
    Err(format!("expected {expected:#?}\n    found {found:#?}"))
}

#[derive(Deserialize)]
struct Queries {
    valid: Vec<String>,
    invalid: Vec<(String, String)>,
}

fn queries() -> Queries {
    let text = std::fs::read_to_string(folder().join("queries.yaml")).expect("readable");
    serde_yaml_ng::from_str(&text).expect("the list")
}

#[test]
fn valid_queries_evaluate_and_print_as_they_read() {
    let store = store();
    for text in queries().valid {
        let query = parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let printed = query.to_string();
        let again = parse(&printed).unwrap_or_else(|error| panic!("{text} printed as {printed}: {error}"));
        assert_eq!(query, again, "{text} printed as {printed}");
        let answer = eval(&store, &text);
        assert!(!answer.iter().any(|line| line.starts_with("error")), "{text}: {answer:?}");
    }
}

#[test]
fn invalid_queries_are_refused_with_the_reason() {
    for (text, reason) in queries().invalid {
        let error = parse(&text).map(|query| query.to_string()).expect_err(&text).to_string();
        assert!(error.contains(&reason), "{text}: {error}\n  expected: {reason}");
    }
}

#[test]
fn deep_and_long_queries_are_refused() {
    let nested = |n: usize| format!("{}1{}", "(".repeat(n), ")".repeat(n));
    assert!(parse(&nested(20)).is_ok());
    let sums = format!("{}rate({{a=\"b\"}}[1m]){}", "sum(".repeat(10_000), ")".repeat(10_000));
    let chain = format!("1{}", "+1".repeat(10_000));
    let filters = format!("{{a=\"b\"}} | x=\"1\"{}", " or x=\"1\"".repeat(10_000));
    let brackets = format!("{{a=\"b\"}} | {}x=\"1\"{}", "(".repeat(10_000), ")".repeat(10_000));
    let stages = format!("{{a=\"b\"}}{}", " |= \"x\"".repeat(10_000));
    for text in [nested(10_000), sums, chain, filters, brackets, stages, "{".repeat(200_000), "(".repeat(50_000)] {
        assert!(parse(&text).is_err(), "{}…", &text[..40]);
    }
}

#[test]
fn queries_beyond_a_limit_are_refused_and_interrupts_are_seen() {
    let store = store();
    let many = (0..600).map(|n| (Labels::from_pairs([("app", format!("a{n}"))]), Entry::new(SECOND, "x")));
    store.append(many, &Policy::collected());
    let count = |limits: &QueryLimits| {
        let Ok(Query::Metric(query)) = parse(r#"count_over_time({app=~".+"}[1m])"#) else { panic!("valid") };
        metric(&store, &query, Grid::instant(60 * SECOND), limits, &Grant::default()).expect_err("too much").to_string()
    };
    let error = count(&QueryLimits::default());
    assert!(error.contains("maximum number of series (500) reached for a single query"), "{error}");
    let error = count(&QueryLimits { bytes: 10, ..QueryLimits::default() });
    assert!(error.contains("the query would read too many bytes"), "{error}");
    let Ok(Query::Metric(sum)) = parse("vector(1) + vector(1)") else { panic!("valid") };
    let sum = |memory: u64| {
        let grid = Grid::range(0, 99, 1);
        metric(&store, &sum, grid, &QueryLimits::default(), &granted(memory)).map_err(|error| error.to_string())
    };
    // Two vectors of a hundred numbers and their sum, and what belongs to three series.
    assert!(sum(3000).is_ok());
    let error = sum(2399).expect_err("too much");
    assert!(error.starts_with("the query would need more than 2.3 KiB of memory"), "{error}");
    let grant = Grant::default();
    grant.interrupt.set();
    let query = parse_selector(r#"{app=~".+"}"#).expect("valid");
    let request = LinesRequest { start: 0, end: 61 * SECOND, limit: 10, direction: Direction::Backward, interval: 0 };
    let error = lines(&store, &query, request, &QueryLimits::default(), &grant).expect_err("interrupted");
    assert!(error.to_string().contains("interrupted"), "{error}");
    let request = LinesRequest { limit: 100_000, ..request };
    let error = lines(&store, &query, request, &QueryLimits::default(), &Grant::default()).expect_err("too many");
    assert_eq!(
        error.to_string(),
        "max entries limit per query exceeded, limit > max_entries_limit_per_query (100000 > 5000)"
    );
}

/// A grant of so many bytes for one query.
fn granted(bytes: u64) -> Grant {
    let interrupt = Interrupt::default();
    Grant { memory: MemoryPool::new(2 * bytes).enter(&interrupt).expect("room"), interrupt }
}

#[test]
fn labels_and_lines_that_grow_end_in_an_error() {
    let store = store();
    let wide = format!("{{{}}}", (0..3000).map(|n| format!("\"k{n}\":{n}")).collect::<Vec<_>>().join(","));
    let lines_of = (0..20).map(|n| Entry::new(n * SECOND, format!("x{n}"))).chain([Entry::new(1, wide)]);
    store.append(lines_of.map(|entry| (Labels::from_pairs([("app", "a")]), entry)), &Policy::collected());
    let ask = |text: &str, bytes: u64| {
        let (grant, limits) = (granted(bytes), QueryLimits::default());
        let answer = match parse(text).expect(text) {
            Query::Metric(query) => {
                metric(&store, &query, Grid::instant(60 * SECOND), &limits, &grant).map(|value| format!("{value:?}"))
            }
            Query::Logs(query) => {
                let request = LinesRequest {
                    start: 0,
                    end: 61 * SECOND,
                    limit: 1000,
                    direction: Direction::Backward,
                    interval: 0,
                };
                lines(&store, &query, request, &limits, &grant).map(|found| format!("{:?}", found.lines))
            }
        };
        assert!(grant.memory.peak() <= bytes);
        answer.map_err(|error| error.to_string())
    };
    let times_four = |times| {
        let stages = " | label_format a=`{{.a}}{{.a}}{{.a}}{{.a}}`".repeat(times);
        format!("{{app=\"a\"}} |~ `^x` | label_format a=`0123456789`{stages}")
    };
    let doubled = times_four(20);
    // The template's output ends at a mebibyte, and then the label keeps its value.
    let answer = ask(&format!("{doubled} | line_format `{{{{len .a}}}}`"), 500 << 20).expect("lines");
    assert!(answer.contains("TemplateFormatErr") && answer.contains("the text is longer than 1048576 bytes"));
    let many: String =
        ["b", "c", "d", "e", "f", "g", "h"].map(|name| format!(" | label_format {name}=`{{{{.a}}}}`")).concat();
    let answer = ask(&format!("{}{many} | line_format `x`", times_four(8)), 500 << 20).expect("lines");
    assert!(answer.contains("LabelLimitErr") && answer.contains("take more than 4.0 MiB"));
    let too_large = "the query would need more than 1.0 MiB of memory";
    let error = ask(&doubled, 1 << 20).expect_err("too large");
    assert!(error.starts_with(too_large), "{error}");
    let error = ask(&format!("sum by (a) (count_over_time({doubled} | __error__=`` [1m]))"), 1 << 20);
    assert!(error.is_ok_and(|answer| answer.contains("Vector([])")));
    let labelled = "{app=\"a\"} |~ `^x` | label_format a=`{{ repeat 100000 __line__ }}`";
    let error = ask(&format!("count_over_time({labelled} [1m])"), 1 << 20).expect_err("too large");
    assert!(error.starts_with(too_large), "{error}");
    let answer = ask("{app=\"a\"} |~ `^.` !~ `^x` | json", 8 << 20).expect("lines");
    assert!(answer.contains("LabelLimitErr") && answer.contains("more than 1024 labels"), "{answer}");
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in r#"(\{|\(|rate|sum by|app|=|"a"|\||json|\[|5m|\]|\)|\}| |,|[^a]){0,20}"#) {
        if let Ok(query) = parse(&text) {
            let printed = query.to_string();
            prop_assert_eq!(parse(&printed).map_err(|error| error.to_string()), Ok(query), "{}", printed);
        }
    }

    #[test]
    fn printed_filters_read_back(text in ".{0,12}", number in -1e9_f64..1e9, seconds in 1_u32..1_000_000) {
        let Ok(Query::Metric(mut query)) = parse(r#"rate({app="a"} |= "x" | n > 1 [1m])"#) else { panic!("valid") };
        if let lab_logs::logql::syntax::ast::Metric::Range(range) = &mut query {
            use lab_algebra::Operator;
            use lab_logs::logql::syntax::ast::{Condition, LineFilter, LineOp, Wanted, Quantity, Stage};
            range.range = i64::from(seconds) * 1_003_000_000;
            range.query.stages = vec![
                Stage::Line(LineFilter { op: LineOp::Contains, wanted: vec![Wanted::Text(text.clone()), Wanted::Text(text)] }),
                Stage::Label(Condition::Compare {
                    name: "n".into(),
                    op: Operator::Less,
                    value: Quantity::Number(number),
                }),
            ];
        }
        let query = Query::Metric(query);
        prop_assert_eq!(parse(&query.to_string()).map_err(|error| error.to_string()), Ok(query));
    }
}
