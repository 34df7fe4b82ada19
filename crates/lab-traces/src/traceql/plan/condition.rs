//! What a condition says about one attribute: with it an answer decides which values it shows.

use std::collections::HashMap;

use crate::traceql::attribute::{Attribute, Scope};
use crate::traceql::plan::missing::{has_own_column, scopes};
use crate::traceql::syntax::ast::Literal;
use crate::traceql::syntax::operator::BinaryOp;
use crate::traceql::value::{Value, compare, matches};

/// An attribute that a query names, with what the value has to fulfil so that an answer shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What is asked for.
    pub attribute: Attribute,
    /// A comparison with a constant; `None` if every value is shown, as in arithmetic.
    pub(crate) needs: Option<(BinaryOp, Literal)>,
}

impl Condition {
    /// True if the condition asks for what a span does not have.
    pub(crate) fn asks_for_nil(&self) -> bool {
        self.needs == Some((BinaryOp::Equal, Literal::Nil))
    }

    /// True if the condition is about an attribute that shares a column with others in this scope.
    pub(crate) fn is_shared(&self, scope: Scope) -> bool {
        let Attribute::Custom { scope: own, parent: false, name } = &self.attribute else { return false };
        scopes(own).contains(&scope) && !has_own_column(scope, name)
    }

    /// True if the condition lets a value of another attribute pass, which stands in the same column: one of the same type that
    /// would fulfil it.
    pub(crate) fn lets_pass(&self, value: &Value<'_>, regexes: &HashMap<String, lab_model::Expression>) -> bool {
        let is_of_type = |literal: &Literal| {
            matches!(
                (literal, value),
                (Literal::Text(_), Value::Text(_))
                    | (Literal::Int(_), Value::Int(_))
                    | (Literal::Float(_), Value::Float(_))
                    | (Literal::Bool(_), Value::Bool(_))
            )
        };
        match &self.needs {
            None | Some((BinaryOp::NotEqual, Literal::Nil)) => true,
            Some((_, literal)) => is_of_type(literal) && self.fulfils(value, regexes),
        }
    }

    /// True if a value fulfils the condition; every value does where none is asked for.
    pub(crate) fn fulfils(&self, value: &Value<'_>, regexes: &HashMap<String, lab_model::Expression>) -> bool {
        match &self.needs {
            None | Some((BinaryOp::NotEqual, Literal::Nil)) => value.is_some(),
            Some((op @ (BinaryOp::Regex | BinaryOp::NotRegex), Literal::Text(pattern))) => {
                regexes.get(pattern).is_some_and(|regex| matches(*op, regex, value))
            }
            Some((op, literal)) => compare(*op, value, &literal.value()),
        }
    }
}
