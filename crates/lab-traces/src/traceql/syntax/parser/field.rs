//! Expressions on one span.
//!
//! ```text
//! field   = unary { operator unary }        by precedence, `^` from the right
//! unary   = ( "!" | "-" ) field | primary   the field as far as its operators bind more strongly than `+`
//! primary = literal | attribute | intrinsic | "(" field ")"
//! ```

use lab_syntax::Fault;

use crate::traceql::attribute::{Attribute, Intrinsic};
use crate::traceql::syntax::ast::{FieldExpr, Literal};
use crate::traceql::syntax::node::Node;
use crate::traceql::syntax::operator::{BinaryOp, Binding, UnaryOp};
use crate::traceql::syntax::parser::attribute::attribute;
use crate::traceql::syntax::parser::cursor::Cursor;
use crate::traceql::syntax::parser::literal::{keyword, literal, negated};
use crate::traceql::syntax::token::TokenKind;

/// A whole expression.
pub(super) fn field(cursor: &mut Cursor<'_>) -> Result<Node<FieldExpr>, Fault> {
    operation(cursor, Binding::Loosest)
}

/// An expression whose operators bind at least as strongly as `lowest`.
fn operation(cursor: &mut Cursor<'_>, lowest: Binding) -> Result<Node<FieldExpr>, Fault> {
    let mut left = unary(cursor)?;
    while let Some(op) = cursor.peek().symbol().and_then(BinaryOp::from_symbol).filter(|op| op.binding() >= lowest) {
        cursor.operator()?;
        let right = cursor.nested(|cursor| operation(cursor, op.right_binding()))?;
        let place = left.place.to(right.place);
        let (left_side, right_side) = trace_id_without_zeros(left, right);
        left = Node::new(place, FieldExpr::Binary { op, left: Box::new(left_side), right: Box::new(right_side) });
    }
    Ok(left)
}

/// A text that is compared with the id of a trace loses its leading zeros, which the values do not have.
fn trace_id_without_zeros(mut left: Node<FieldExpr>, mut right: Node<FieldExpr>) -> (Node<FieldExpr>, Node<FieldExpr>) {
    let shorten = |id: &FieldExpr, text: &mut FieldExpr| {
        let id = matches!(id, FieldExpr::Attribute(Attribute::Intrinsic(Intrinsic::TraceId | Intrinsic::LinkTraceId)));
        if let (true, FieldExpr::Literal(Literal::Text(text))) = (id, text) {
            *text = text.trim_start_matches('0').to_owned();
        }
    };
    shorten(&left.content, &mut right.content);
    shorten(&right.content, &mut left.content);
    (left, right)
}

fn unary(cursor: &mut Cursor<'_>) -> Result<Node<FieldExpr>, Fault> {
    let op = match cursor.peek().symbol() {
        Some("!") => UnaryOp::Not,
        Some("-") => UnaryOp::Negate,
        _ => return primary(cursor),
    };
    let start = cursor.place();
    cursor.operator()?;
    let operand = cursor.nested(|cursor| operation(cursor, Binding::Product))?;
    let place = start.to(operand.place);
    if let (UnaryOp::Negate, FieldExpr::Literal(number)) = (op, &operand.content)
        && let Some(negated) = negated(number)
    {
        return Ok(Node::new(place, FieldExpr::Literal(negated)));
    }
    Ok(Node::new(place, FieldExpr::Unary { op, operand: Box::new(operand) }))
}

fn primary(cursor: &mut Cursor<'_>) -> Result<Node<FieldExpr>, Fault> {
    let start = cursor.place();
    if cursor.accept("(") {
        let inner = cursor.nested(field)?;
        cursor.expect(")")?;
        return Ok(Node::new(cursor.since(start), inner.content));
    }
    let names_attribute = match cursor.peek() {
        TokenKind::Attribute { .. } => true,
        TokenKind::Identifier(word) => keyword(word).is_none(),
        _ => false,
    };
    if names_attribute {
        let attribute = attribute(cursor)?;
        return Ok(Node::new(attribute.place, FieldExpr::Attribute(attribute.content)));
    }
    let literal = literal(cursor)?;
    Ok(Node::new(literal.place, FieldExpr::Literal(literal.content)))
}
