//! Tokens to the syntax tree, by recursive descent; see [`logql`](crate::logql) for the grammar.

mod conditions;
mod cursor;
mod log;
mod metric;
mod range;
mod selector;
mod stages;

use lab_syntax::{Fault, Kind as _};

use crate::logql::error::QueryError;
use crate::logql::syntax::ast::{LogQuery, Query};
use crate::logql::syntax::check;
use crate::logql::syntax::parser::cursor::{Cursor, cursor};

/// Longest query that is read, in bytes.
const LONGEST_QUERY: usize = 128 << 10;

/// Reads a query.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    let query = whole(text, |cursor| {
        let is_empty = cursor.peek().is_end();
        if is_empty { Ok(None) } else { metric::query(cursor).map(Some) }
    })?;
    let query = query.ok_or_else(|| QueryError::Invalid("syntax error: unexpected $end".into()))?;
    check::query(&query)?;
    Ok(query)
}

/// Reads a selector, perhaps with a pipeline, as `match[]` and `query` of the label endpoints want it.
pub fn parse_selector(text: &str) -> Result<LogQuery, QueryError> {
    let query = whole(text, log::log_query)?;
    check::log_query(&query)?;
    Ok(query)
}

/// What `read` makes of the whole text.
fn whole<T>(text: &str, read: impl FnOnce(&mut Cursor<'_>) -> Result<T, Fault>) -> Result<T, QueryError> {
    if text.len() > LONGEST_QUERY {
        return Err(QueryError::Limit(format!("input size too long ({} > {LONGEST_QUERY})", text.len())));
    }
    let read_all = || {
        let mut cursor = cursor(text)?;
        let read = read(&mut cursor)?;
        cursor.expect_end().map(|()| read)
    };
    read_all().map_err(|fault| QueryError::syntax(text, fault))
}
