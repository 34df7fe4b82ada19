//! Label filters, with the quantities that they compare with already read.

use lab_algebra::Operator;
use lab_model::Matcher;

use crate::logql::functions::compare::addresses::Addresses;
use crate::logql::functions::compare::{self, Unit};
use crate::logql::scope::Scope;
use crate::logql::syntax::ast::{self, Quantity};

/// A condition on the labels of a line.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    /// The label's value matches a text or a regular expression.
    Match(Matcher),
    /// The label's value names one of these addresses.
    Addresses {
        /// The label whose value is read.
        name: String,
        /// True if it must name none of them.
        negated: bool,
        /// The addresses that are looked for.
        addresses: Addresses,
    },
    /// The label's value compares with a quantity.
    Compare {
        /// The label whose value is read.
        name: String,
        /// How the two are compared.
        comparison: Operator,
        /// How the label's value is read.
        unit: Unit,
        /// The quantity in that unit.
        wanted: f64,
    },
    /// Both conditions hold.
    And(Box<Condition>, Box<Condition>),
    /// At least one of the conditions holds.
    Or(Box<Condition>, Box<Condition>),
}

impl Condition {
    /// Reads the quantities of a condition.
    pub(crate) fn compile(condition: &ast::Condition) -> Result<Self, String> {
        Ok(match condition {
            ast::Condition::Match(matcher) => Self::Match(matcher.clone()),
            ast::Condition::And(left, right) => {
                Self::And(Box::new(Self::compile(left)?), Box::new(Self::compile(right)?))
            }
            ast::Condition::Or(left, right) => {
                Self::Or(Box::new(Self::compile(left)?), Box::new(Self::compile(right)?))
            }
            ast::Condition::Addresses { name, negated, pattern } => {
                let addresses = Addresses::parse(pattern)?;
                Self::Addresses { name: name.clone(), negated: *negated, addresses }
            }
            ast::Condition::Compare { name, op, value } => {
                let (unit, wanted) = match value {
                    Quantity::Number(number) => (Unit::Number, *number),
                    Quantity::Duration(nanoseconds) => (Unit::Duration, *nanoseconds as f64),
                    Quantity::Bytes(bytes) => (Unit::Bytes, *bytes),
                };
                Self::Compare { name: name.clone(), comparison: *op, unit, wanted }
            }
        })
    }

    /// Shows the name of every label whose value is read.
    pub(crate) fn for_each_name<'c>(&'c self, see: &mut dyn FnMut(&'c str)) {
        match self {
            Self::Match(matcher) => see(&matcher.name),
            Self::Addresses { name, .. } | Self::Compare { name, .. } => see(name),
            Self::And(left, right) | Self::Or(left, right) => {
                left.for_each_name(see);
                right.for_each_name(see);
            }
        }
    }

    /// True if lines with an error meet the condition whatever their labels are.
    pub(crate) fn lets_errors_pass(&self) -> bool {
        match self {
            Self::Addresses { .. } => true,
            Self::And(left, right) | Self::Or(left, right) => left.lets_errors_pass() || right.lets_errors_pass(),
            Self::Match(_) | Self::Compare { .. } => false,
        }
    }

    /// Whether a line's labels meet the condition.
    pub(crate) fn holds(&self, scope: &mut Scope<'_>) -> bool {
        match self {
            Self::Match(matcher) => matcher.matches(scope.filtered_value(&matcher.name)),
            Self::And(left, right) => left.holds(scope) && right.holds(scope),
            Self::Or(left, right) => left.holds(scope) || right.holds(scope),
            // A line with an error passes, as in Loki.
            Self::Addresses { name, negated, addresses } => {
                scope.has_error() || scope.find(name).is_some_and(|value| addresses.are_in(value) != *negated)
            }
            Self::Compare { name, comparison, unit, wanted } => {
                compare::holds(scope, name, *comparison, *unit, *wanted)
            }
        }
    }
}
