//! Expressions on one span.
//!
//! ```text
//! field   = unary { operator unary }        by precedence, `^` from the right
//! unary   = ( "!" | "-" ) unary | primary
//! primary = literal | attribute | intrinsic | "(" field ")"
//! ```

use crate::span::kind::{Kind, Status};
use crate::traceql::ast::{BinaryOp, FieldExpr, Literal, UnaryOp};
use crate::traceql::attribute::Intrinsic;
use crate::traceql::error::QueryError;
use crate::traceql::parser::{Parser, custom};
use crate::traceql::token::TokenKind;

impl Parser {
    /// An expression whose operators bind at least as strongly as `lowest`.
    pub(super) fn field(&mut self, lowest: u8) -> Result<FieldExpr, QueryError> {
        let mut left = self.unary()?;
        while let Some(op) = self.symbol().and_then(BinaryOp::from_symbol).filter(|op| op.binding() >= lowest) {
            self.operator()?;
            let next = op.binding() + u8::from(op != BinaryOp::Power);
            let right = self.nested(|parser| parser.field(next))?;
            left = FieldExpr::Binary { op, left: Box::new(left), right: Box::new(right) };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<FieldExpr, QueryError> {
        let op = match self.symbol() {
            Some("!") => UnaryOp::Not,
            Some("-") => UnaryOp::Negate,
            _ => return self.primary(),
        };
        self.operator()?;
        let operand = self.nested(Self::unary)?;
        Ok(match (op, operand) {
            (UnaryOp::Negate, FieldExpr::Literal(number)) if is_number(&number) => FieldExpr::Literal(negated(number)),
            (op, operand) => FieldExpr::Unary { op, operand: Box::new(operand) },
        })
    }

    fn primary(&mut self) -> Result<FieldExpr, QueryError> {
        if self.accept("(") {
            let inner = self.nested(|parser| parser.field(0))?;
            self.expect(")")?;
            return Ok(inner);
        }
        let expr = match self.peek() {
            TokenKind::Attribute { scope, name } => FieldExpr::Attribute(custom(scope, name)),
            TokenKind::Identifier(word) => match (keyword(word), Intrinsic::from_name(word)) {
                (Some(literal), _) => FieldExpr::Literal(literal),
                (None, Some(_)) => return self.attribute().map(FieldExpr::Attribute),
                (None, None) => return Err(self.unexpected()),
            },
            _ => return self.literal().map(FieldExpr::Literal),
        };
        self.advance();
        Ok(expr)
    }
}

/// The constant that a word stands for.
pub(super) fn keyword(word: &str) -> Option<Literal> {
    let status = Status::ALL.into_iter().find(|status| status.as_str() == word).map(Literal::Status);
    let kind = || Kind::ALL.into_iter().find(|kind| kind.as_str() == word).map(Literal::Kind);
    status.or_else(kind).or(match word {
        "true" => Some(Literal::Bool(true)),
        "false" => Some(Literal::Bool(false)),
        "nil" => Some(Literal::Nil),
        _ => None,
    })
}

/// A number with its sign turned.
pub(super) fn negated(literal: Literal) -> Literal {
    match literal {
        Literal::Int(value) => Literal::Int(value.saturating_neg()),
        Literal::Float(value) => Literal::Float(-value),
        Literal::Duration(value) => Literal::Duration(value.saturating_neg()),
        other => other,
    }
}

fn is_number(literal: &Literal) -> bool {
    matches!(literal, Literal::Int(_) | Literal::Float(_) | Literal::Duration(_))
}
