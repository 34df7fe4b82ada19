//! One list of queries, read by parsing, validation and printing.

use lab_traces::traceql::error::QueryError;
use lab_traces::traceql::syntax::parse;

fn list(kind: &str) -> Vec<String> {
    let text = include_str!("../traceql/queries.yaml");
    let all: serde_yaml_ng::Value = serde_yaml_ng::from_str(text).expect("queries.yaml");
    let list = all[kind].as_sequence().unwrap_or_else(|| panic!("no list {kind}"));
    list.iter().map(|query| query.as_str().expect("text").to_owned()).collect()
}

#[test]
fn valid_queries_are_valid_and_print_as_themselves() {
    for text in list("valid") {
        let query = parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let printed = query.to_string();
        assert_eq!(parse(&printed).unwrap_or_else(|error| panic!("{printed}: {error}")), query, "{text} → {printed}");
    }
}

#[test]
fn queries_that_do_not_parse_say_where() {
    for text in list("does_not_parse") {
        let error = parse(&text).expect_err(&text);
        assert!(matches!(error, QueryError::Syntax { .. }), "{text}: {error}");
        assert!(error.to_string().starts_with("parse error"), "{text}: {error}");
    }
}

#[test]
fn queries_that_make_no_sense_are_refused() {
    for text in list("does_not_validate") {
        let error = parse(&text).expect_err(&text);
        assert!(matches!(error, QueryError::Invalid { .. }), "{text}: {error}");
    }
}
