//! What a condition says about one attribute: with it an answer decides which values it shows.

use std::collections::HashMap;

use crate::traceql::attribute::Attribute;
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
