//! Tokens to the syntax tree, by recursive descent; see [`logql`](crate::logql) for the grammar.

mod cursor;
mod lines;
mod metric;
mod stages;

use crate::logql::ast::{LogQuery, Query};
use crate::logql::error::QueryError;
use crate::logql::parser::cursor::Cursor;

/// Reads a query.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    let mut cursor = Cursor::new(text)?;
    if cursor.is_end() {
        return Err(QueryError::Invalid("syntax error: unexpected $end".into()));
    }
    let query = metric::query(&mut cursor)?;
    if cursor.is_end() { Ok(query) } else { Err(cursor.unexpected(&[])) }
}

/// Reads a selector, perhaps with a pipeline, as `match[]` and `query` of the label endpoints want it.
pub fn parse_selector(text: &str) -> Result<LogQuery, QueryError> {
    let mut cursor = Cursor::new(text)?;
    let query = lines::log_query(&mut cursor)?;
    if cursor.is_end() { Ok(query) } else { Err(cursor.unexpected(&[])) }
}
