//! The syntax of queries: from text to a [tree](ast) and back.
//!
//! A text is split into tokens once, parsed once, and the tree is checked for what the grammar cannot say. Whoever
//! shows a query prints its tree. Source: Prometheus 3.14, native histograms aside.

use lab_syntax::{Fault, Lines, Place};

use crate::promql::error::PromqlError;
use crate::promql::functions::signature::Edges;

use self::ast::{Expr, ExprKind, Selector, TimeShift};

pub mod ast;
pub mod printer;

mod check;
mod lexer;
mod literal;
mod parser;
mod token;

/// The longest query in bytes.
const MAX_LENGTH: usize = 1 << 20;

/// The tree of a query whose types fit.
pub fn parse(query: &str) -> Result<Expr, PromqlError> {
    checked(query).map_err(|fault| PromqlError::parse(&Lines::new(query), fault))
}

/// The same query, laid out over lines of at most 100 bytes where that is possible, as Prometheus'
/// `format_query` does.
pub fn pretty(query: &str) -> Result<String, PromqlError> {
    Ok(printer::pretty(&parse(query)?))
}

/// A series selector that is the whole text, without range and modifiers.
pub(crate) fn selector(text: &str) -> Result<Selector, PromqlError> {
    match parse(text)?.kind {
        ExprKind::Selector(selector) if selector.edges == Edges::Open && selector.time == TimeShift::NONE => {
            Ok(*selector)
        }
        _ => {
            let message = "expected a series selector, such as up{job=\"node\"}, without a range and without modifiers";
            Err(PromqlError::parse(&Lines::new(text), Fault::new(Place::default(), message)))
        }
    }
}

fn checked(query: &str) -> Result<Expr, Fault> {
    if query.len() > MAX_LENGTH {
        return Err(Fault::new(Place::default(), format!("query is longer than {MAX_LENGTH} bytes")));
    }
    let mut expr = parser::query(query)?;
    check::expression(&mut expr).map(|_| expr)
}
