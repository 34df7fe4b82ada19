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
use crate::logql::syntax::lexer;
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
    let Query::Logs(query) = whole(text, metric::query)? else {
        return Err(QueryError::Limit("only log selector is supported".into()));
    };
    check::log_query(&query)?;
    Ok(query)
}

/// What `read` makes of the whole text. Of two mistakes the one that comes first is said.
fn whole<T>(text: &str, read: impl FnOnce(&mut Cursor<'_>) -> Result<T, Fault>) -> Result<T, QueryError> {
    if text.len() > LONGEST_QUERY {
        return Err(QueryError::Limit(format!("input size too long ({} > {LONGEST_QUERY})", text.len())));
    }
    let (tokens, unreadable) = lexer::tokens(text);
    let end = tokens.last().map_or(0, |token| token.place.start);
    let mut cursor = cursor(text, tokens);
    let all = read(&mut cursor).and_then(|read| cursor.expect_end().map(|()| read));
    match (all, unreadable) {
        (Ok(read), None) => Ok(read),
        (Err(fault), None) => Err(QueryError::syntax(text, fault)),
        (Err(fault), Some(_)) if fault.place.start < end => Err(QueryError::syntax(text, fault)),
        (_, Some(unreadable)) => Err(QueryError::syntax(text, unreadable)),
    }
}
