//! Label filters: comparisons of a label's value with a text, a number, a duration or a size.

use crate::logql::ast::{Comparison, Condition, Quantity};
use crate::logql::scope::Scope;
use crate::logql::units;

impl Comparison {
    /// Whether the comparison holds between two numbers.
    pub(super) fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Greater => left > right,
            Self::GreaterEqual => left >= right,
            Self::Less => left < right,
            Self::LessEqual => left <= right,
        }
    }
}

/// Whether a line's labels meet the condition. A value that cannot be compared marks the line with an error
/// and lets it pass, as in Loki.
pub(super) fn holds(condition: &Condition, scope: &mut Scope<'_>) -> bool {
    match condition {
        Condition::Match(matcher) => matcher.matches(scope.get(&matcher.name)),
        Condition::And(left, right) => holds(left, scope) && holds(right, scope),
        Condition::Or(left, right) => holds(left, scope) || holds(right, scope),
        Condition::Compare { name, op, value } => {
            if scope.error.is_some() {
                return true;
            }
            let text = scope.get(name);
            if text.is_empty() {
                return false;
            }
            let (read, wanted) = match value {
                Quantity::Number(number) => (text.parse().ok(), Some(*number)),
                Quantity::Duration(duration) => (units::duration(text), units::duration(duration)),
                Quantity::Bytes(bytes) => (units::bytes(text), units::bytes(bytes)),
            };
            if let (Some(read), Some(wanted)) = (read, wanted) {
                return op.holds(read, wanted);
            }
            let details = format!("{name}: cannot compare {text:?}");
            scope.fail("LabelFilterErr", details);
            true
        }
    }
}
