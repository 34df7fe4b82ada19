//! Queries as trees and as tidy text, for who shows them rather than evaluating them.

use promql_parser::parser::Expr;

use crate::promql::error::PromqlError;
use crate::promql::params::EvalParams;
use crate::promql::planner;

/// The tree of a query that could be evaluated.
pub fn parse(query: &str) -> Result<Expr, PromqlError> {
    planner::plan(query, &EvalParams::instant(0))?;
    planner::parse(query)
}

/// The same query, laid out over lines of at most 100 characters where that is possible, as Prometheus'
/// `format_query` does.
pub fn pretty(query: &str) -> Result<String, PromqlError> {
    Ok(parse(query)?.prettify())
}
