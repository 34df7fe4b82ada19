//! Constants: numbers, durations, texts and the words that stand for a value.

use lab_syntax::Fault;

use crate::span::kind::{Kind, Status};
use crate::traceql::syntax::ast::Literal;
use crate::traceql::syntax::node::Node;
use crate::traceql::syntax::parser::cursor::Cursor;
use crate::traceql::syntax::token::TokenKind;

/// A constant, with a sign if it is a number.
pub(super) fn literal(cursor: &mut Cursor<'_>) -> Result<Node<Literal>, Fault> {
    let start = cursor.place();
    let negative = cursor.accept("-");
    let literal = match cursor.peek() {
        TokenKind::Integer(value) => Literal::Int(*value),
        TokenKind::Float(value) => Literal::Float(*value),
        TokenKind::Duration(value) => Literal::Duration(*value),
        TokenKind::Text(value) if !negative => Literal::Text(value.clone()),
        TokenKind::Identifier(word) if !negative => match keyword(word) {
            Some(literal) => literal,
            None => return Err(cursor.unexpected(&[])),
        },
        _ => return Err(cursor.unexpected(&[])),
    };
    cursor.advance();
    let literal = negative.then(|| negated(&literal)).flatten().unwrap_or(literal);
    Ok(Node::new(cursor.since(start), literal))
}

/// A number without a unit.
pub(super) fn number(cursor: &mut Cursor<'_>) -> Result<Node<f64>, Fault> {
    let literal = literal(cursor)?;
    let value = match literal.content {
        Literal::Int(value) => value as f64,
        Literal::Float(value) => value,
        _ => return Err(Fault::new(literal.place, "syntax error: a number is expected")),
    };
    Ok(Node::new(literal.place, value))
}

/// The constant that a word stands for.
pub(super) fn keyword(word: &str) -> Option<Literal> {
    let status = Status::ALL.into_iter().find(|status| status.as_str() == word).map(Literal::Status);
    let kind = || Kind::ALL.into_iter().find(|kind| kind.as_str() == word).map(Literal::Kind);
    status.or_else(kind).or(match word {
        "true" => Some(Literal::Bool(true)),
        "false" => Some(Literal::Bool(false)),
        "nil" => Some(Literal::Nil),
        "minInt" => Some(Literal::Int(i64::MIN)),
        "maxInt" => Some(Literal::Int(i64::MAX)),
        _ => None,
    })
}

/// A number with its sign turned; `None` for what is no number.
pub(super) fn negated(literal: &Literal) -> Option<Literal> {
    match literal {
        Literal::Int(value) => Some(Literal::Int(value.saturating_neg())),
        Literal::Float(value) => Some(Literal::Float(-value)),
        Literal::Duration(value) => Some(Literal::Duration(value.saturating_neg())),
        _ => None,
    }
}
