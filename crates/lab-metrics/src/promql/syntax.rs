//! Queries as trees and as tidy text, for who shows them rather than evaluating them.

use promql_parser::label::Matcher;
use promql_parser::parser::{Expr, VectorSelector};

use crate::promql::error::PromqlError;
use crate::promql::plan::builder;
use crate::promql::plan::time::Edges;
use crate::promql::syntax::dialect::{Times, extended};

/// The tree of a query that could be evaluated. Durations that depend on the query's time are those of a second.
/// A selector that is `anchored` or `smoothed` has a [condition](is_modifier) that says so.
pub fn parse(query: &str) -> Result<Expr, PromqlError> {
    builder::check(query)
}

/// True for a selector with the modifier `anchored`.
pub fn is_anchored(selector: &VectorSelector) -> bool {
    extended::edges(selector) == Edges::Anchored
}

/// True for a selector with the modifier `smoothed`.
pub fn is_smoothed(selector: &VectorSelector) -> bool {
    extended::edges(selector) == Edges::Smoothed
}

/// True for the condition that stands for `anchored` or `smoothed`, and is none on labels.
pub fn is_modifier(condition: &Matcher) -> bool {
    extended::is_mark(&condition.name)
}

/// The same query, laid out over lines of at most 100 characters where that is possible, as Prometheus'
/// `format_query` does.
pub fn pretty(query: &str) -> Result<String, PromqlError> {
    builder::check(query)?;
    let translation = dialect::translate(query, Times::Shown)?;
    Ok(translation.restore(&builder::parse(&translation)?.prettify()))
}

pub(crate) mod diagnose;
pub(crate) mod dialect;
pub(crate) mod text;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_parser_does_not_know_is_shown_as_it_was_written() {
        let shown = |query: &str| pretty(query).expect("valid");
        assert_eq!(shown("rate(m[2*5m+step( )]) - m offset -(1h/2)"), "rate(m[2 * 5m + step()]) - m offset -(1h / 2)");
        let all = "max_over_time(m[1s + 1s:2s * 2] offset (1s + 2s)) or (m offset max_of(1m, range()))";
        assert_eq!(shown(all), all);
        assert_eq!(shown("info(m,{a=~\".*\"})"), "info(m, {a=~\".*\"})");
        assert_eq!(parse("m[2*5m]").expect("valid"), parse("m[10m]").expect("valid"));
        assert_eq!(shown("info(m, {})"), "info(m, {})");
        let extended = "rate(m{a=\"b\"}[2 * 5m] anchored) + m smoothed";
        assert_eq!(shown(extended), extended);
        assert_eq!(shown("m [5m] offset 1m smoothed"), "m[5m] smoothed offset 1m");
    }

    #[test]
    fn a_step_that_only_the_evaluation_knows_is_no_fault() {
        assert!(parse("m[step() - 1m]").is_ok());
        let error = parse("m[1m - 2m]").expect_err("negative");
        assert_eq!(error.to_string(), "1:3: parse error: duration must be greater than 0");
    }
}
