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

    /// What the condition lets pass of a value: of a list the elements that fulfil it, of events and links the last one.
    pub(crate) fn shown<'v>(
        &self,
        value: Value<'v>,
        regexes: &HashMap<String, lab_model::Expression>,
    ) -> Option<Value<'v>> {
        let Some((op, literal)) = &self.needs else { return value.is_some().then_some(value) };
        let fulfils = |value: &Value<'_>| match (op, literal) {
            (BinaryOp::Regex | BinaryOp::NotRegex, Literal::Text(pattern)) => {
                regexes.get(pattern).is_some_and(|regex| matches(*op, regex, value))
            }
            (BinaryOp::NotEqual, Literal::Nil) => value.is_some(),
            _ => compare(*op, value, &literal.value()),
        };
        match value {
            Value::Many(values) if self.attribute.is_repeated() => values.into_iter().rfind(fulfils),
            Value::Many(values) => Value::several(values.into_iter().filter(fulfils)),
            value => Some(value).filter(fulfils),
        }
    }
}
