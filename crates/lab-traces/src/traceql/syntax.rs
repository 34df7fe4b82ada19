//! What a query says: text → [`lexer`] → [`parser`] → [`ast`] → [`check`]; [`printer`] writes it again.
//!
//! ```text
//! query    = ( pipeline | series ) { "with" "(" hint { "," hint } ")" }
//! pipeline = stage { "|" stage }
//! stage    = spanset | scalar comparison scalar | by(field) | coalesce() | select(attribute, …)
//! spanset  = "{" [ field ] "}" | "(" pipeline ")" | spanset operator spanset
//!            operators: && ||, and > >> < << ~ alone or after ! or &
//! field    = && || (bind alike, from the left, as in Tempo), then = != < <= > >= =~ !~, then + -,
//!            then ! and - before an operand, then * / %, then ^ (from the right)
//! series   = pipeline "|" metrics | series "|" topk(3) | series comparison number
//!            | "(" series ")" arithmetic ( "(" series ")" | number ) | number arithmetic "(" series ")"
//! metrics  = function "(" … ")" [ "by" "(" attribute { "," attribute } ")" ] | compare({ field }, …)
//! ```

pub mod ast;
pub(crate) mod check;
pub(crate) mod lexer;
pub mod node;
pub mod operator;
pub(crate) mod parser;
pub(crate) mod printer;
pub(crate) mod token;

#[cfg(test)]
mod tests;

use crate::traceql::attribute::Attribute;
use crate::traceql::error::QueryError;
use crate::traceql::syntax::ast::Query;

/// The longest query that is read, in bytes.
const MAX_LENGTH: usize = 64 << 10;

/// Reads a query and checks that it makes sense.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    within_length(text)?;
    let query = parser::query(text).map_err(|fault| QueryError::syntax(text, fault))?;
    check::query(&query).map_err(|fault| QueryError::invalid(text, fault))?;
    Ok(query)
}

/// Reads one attribute, for example `resource.service.name`, `.http.method` or `duration`.
pub fn parse_attribute(text: &str) -> Result<Attribute, QueryError> {
    within_length(text)?;
    // Behind a brace, as it would stand in a query; so the places of errors count from there.
    let query = format!("{{{text}");
    parser::attribute_alone(&query).map_err(|fault| QueryError::syntax(&query, fault))
}

fn within_length(text: &str) -> Result<(), QueryError> {
    if text.len() > MAX_LENGTH {
        return Err(QueryError::TooLong { bytes: text.len(), most: MAX_LENGTH });
    }
    Ok(())
}
