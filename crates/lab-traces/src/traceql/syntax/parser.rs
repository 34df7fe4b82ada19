//! Tokens to the syntax tree, by recursive descent with operator precedence; the grammar stands in
//! [`syntax`](crate::traceql::syntax).

mod attribute;
mod constant;
mod cursor;
mod field;
mod literal;
mod metrics;
mod pipeline;

use lab_syntax::Fault;

use crate::traceql::attribute::{Attribute, Intrinsic};
use crate::traceql::syntax::ast::{Hint, Query};
use crate::traceql::syntax::node::Node;
use crate::traceql::syntax::parser::cursor::{Cursor, cursor};
use crate::traceql::syntax::token::TokenKind;

/// Reads a query; whether its types fit is another question.
pub(crate) fn query(text: &str) -> Result<Query, Fault> {
    let mut cursor = cursor(text)?;
    let question = pipeline::question(&mut cursor)?;
    let mut all_hints = Vec::new();
    while cursor.accept("with") {
        all_hints.extend(hints(&mut cursor)?);
    }
    cursor.expect_end()?;
    Ok(Query { question, hints: all_hints })
}

/// Reads a single attribute or intrinsic that stands behind an opening brace.
pub(crate) fn attribute_alone(text: &str) -> Result<Attribute, Fault> {
    let mut cursor = cursor(text)?;
    cursor.expect("{")?;
    if let TokenKind::Identifier(name) = cursor.peek() {
        let intrinsic = Intrinsic::from_name(name);
        let unknown = cursor.fault(format!("unknown identifier: {}", &text[1..]));
        cursor.advance();
        return match (intrinsic, cursor.peek()) {
            (Some(intrinsic), TokenKind::End) => Ok(Attribute::Intrinsic(intrinsic)),
            _ => Err(unknown),
        };
    }
    let attribute = attribute::attribute(&mut cursor)?;
    cursor.expect_end()?;
    Ok(attribute.content)
}

/// `"(" name "=" literal { "," name "=" literal } ")"`
fn hints(cursor: &mut Cursor<'_>) -> Result<Vec<Node<Hint>>, Fault> {
    cursor.expect("(")?;
    let mut hints = Vec::new();
    loop {
        let start = cursor.place();
        let name = cursor.expect_name()?;
        cursor.expect("=")?;
        let value = literal::literal(cursor)?.content;
        hints.push(Node::new(cursor.since(start), Hint { name, value }));
        if !cursor.accept(",") {
            cursor.expect(")")?;
            return Ok(hints);
        }
    }
}
