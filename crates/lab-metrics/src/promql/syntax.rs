//! The syntax of queries: from text to a [tree](ast) and back.
//!
//! A text is split into tokens once, parsed once, and the tree is checked for what the grammar cannot say. Whoever
//! shows a query prints its tree. Source: Prometheus 3.14, native histograms aside.

use crate::promql::error::PromqlError;

use self::ast::{Expr, Selector};
use self::places::Places;
use self::span::Fault;

pub mod ast;
pub mod condition;
pub mod literal;
pub mod operator;
pub mod printer;
pub mod signature;
pub mod span;

pub(crate) mod places;

mod check;
mod lexer;
mod parser;
mod token;

/// The longest query in bytes.
const MAX_LENGTH: usize = 1 << 20;

/// The tree of a query whose types fit.
pub fn parse(query: &str) -> Result<Expr, PromqlError> {
    checked(query).map_err(|fault| Places::new(query).error(fault))
}

/// The same query, laid out over lines of at most 100 bytes where that is possible, as Prometheus'
/// `format_query` does.
pub fn pretty(query: &str) -> Result<String, PromqlError> {
    Ok(printer::layout::pretty(&parse(query)?, 0))
}

/// A series selector that is the whole text. It has neither a range nor `offset` nor `@`, and demands something.
pub(crate) fn selector(text: &str) -> Result<Selector, PromqlError> {
    selector_of(text).map_err(|fault| Places::new(text).error(fault))
}

fn checked(query: &str) -> Result<Expr, Fault> {
    check_length(query)?;
    let mut expr = parser::query(query)?;
    check::expression(&mut expr)?;
    Ok(expr)
}

fn selector_of(text: &str) -> Result<Selector, Fault> {
    check_length(text)?;
    let selector = parser::selector(text)?;
    check::selector(&selector, span::Span::default())?;
    Ok(selector)
}

fn check_length(query: &str) -> Result<(), Fault> {
    if query.len() > MAX_LENGTH {
        return Err(Fault { at: 0, message: format!("query is longer than {MAX_LENGTH} bytes") });
    }
    Ok(())
}
