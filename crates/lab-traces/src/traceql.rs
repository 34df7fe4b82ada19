//! TraceQL: text → [`lexer`] → [`parser`] → [`ast`] → [`validate`] → [`eval`] over one trace at a time.
//!
//! ```text
//! query    = pipeline [ "|" metrics ] [ "with" "(" hints ")" ]
//! pipeline = stage { "|" stage }
//! stage    = spanset | scalar comparison scalar | by(field) | coalesce() | select(attribute, …)
//! spanset  = "{" [ field ] "}" | "(" pipeline ")" | spanset operator spanset
//!            operators: && ||, and > >> < << ~ alone or after ! or &
//! field    = && || (bind alike, from the left, as in Tempo), then = != < <= > >= =~ !~, then + -,
//!            then * / %, then ^ (from the right), then ! and - before an operand
//! ```
//!
//! Regular expressions match whole texts. A comparison with something that a span does not have, or that
//! has another type, is false, `!=` included; `= nil` and `!= nil` ask whether it is there.

pub mod ast;
pub mod attribute;
pub mod duration;
pub mod error;
pub mod eval;
pub(crate) mod lexer;
pub(crate) mod parser;
pub mod plan;
pub(crate) mod quote;
pub(crate) mod regex;
pub(crate) mod token;
pub(crate) mod validate;
pub mod value;

use crate::traceql::ast::Query;
use crate::traceql::attribute::Attribute;
use crate::traceql::error::QueryError;

/// Reads a query and checks that it makes sense.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    let query = parser::parse(text)?;
    validate::query(&query)?;
    Ok(query)
}

/// Reads one attribute, for example `resource.service.name`, `.http.method` or `duration`.
pub fn parse_attribute(text: &str) -> Result<Attribute, QueryError> {
    parser::parse_attribute(text)
}
