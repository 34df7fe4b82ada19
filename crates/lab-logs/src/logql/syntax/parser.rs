//! Tokens to the syntax tree, by recursive descent; see [`logql`](crate::logql) for the grammar.

mod conditions;
mod cursor;
mod grouping;
mod log;
mod metric;
mod range;
mod selector;
mod stages;

use crate::logql::error::QueryError;
use crate::logql::syntax::ast::{LogQuery, Query};
use crate::logql::syntax::check;
use crate::logql::syntax::parser::cursor::Cursor;

/// Reads a query.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    let mut cursor = Cursor::new(text)?;
    if cursor.is_end() {
        return Err(QueryError::Invalid("syntax error: unexpected $end".into()));
    }
    let query = metric::query(&mut cursor)?;
    if !cursor.is_end() {
        return Err(cursor.unexpected(&[]));
    }
    check::query(&query)?;
    Ok(query)
}

/// Reads a selector, perhaps with a pipeline, as `match[]` and `query` of the label endpoints want it.
pub fn parse_selector(text: &str) -> Result<LogQuery, QueryError> {
    let mut cursor = Cursor::new(text)?;
    let query = log::log_query(&mut cursor)?;
    if !cursor.is_end() {
        return Err(cursor.unexpected(&[]));
    }
    check::log_query(&query)?;
    Ok(query)
}
