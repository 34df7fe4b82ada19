//! The names of operators and aggregations, and how tightly operators bind.

use lab_algebra::{Aggregation, Operator};

const OPERATORS: [(&str, Operator, u8); 16] = [
    ("or", Operator::Or, 1),
    ("and", Operator::And, 2),
    ("unless", Operator::Unless, 2),
    ("==", Operator::Equal, 3),
    ("!=", Operator::NotEqual, 3),
    (">=", Operator::GreaterOrEqual, 3),
    ("<=", Operator::LessOrEqual, 3),
    (">", Operator::Greater, 3),
    ("<", Operator::Less, 3),
    ("+", Operator::Add, SUM),
    ("-", Operator::Subtract, SUM),
    ("*", Operator::Multiply, 5),
    ("/", Operator::Divide, 5),
    ("%", Operator::Modulo, 5),
    ("atan2", Operator::Atan2, 5),
    ("^", Operator::Power, POWER),
];

/// How tightly `+` and `-` bind; durations have no operators that bind less.
pub(super) const SUM: u8 = 4;

/// How tightly `^` binds: tighter than all others, and than a sign.
pub(super) const POWER: u8 = 6;

const AGGREGATIONS: [(&str, Aggregation); 14] = [
    ("sum", Aggregation::Sum),
    ("avg", Aggregation::Avg),
    ("count", Aggregation::Count),
    ("min", Aggregation::Min),
    ("max", Aggregation::Max),
    ("group", Aggregation::Group),
    ("stddev", Aggregation::Stddev),
    ("stdvar", Aggregation::Stdvar),
    ("topk", Aggregation::Topk),
    ("bottomk", Aggregation::Bottomk),
    ("limitk", Aggregation::Limitk),
    ("limit_ratio", Aggregation::LimitRatio),
    ("quantile", Aggregation::Quantile),
    ("count_values", Aggregation::CountValues),
];

/// The operator that is written so, in lower case.
pub(super) fn named(text: &str) -> Option<Operator> {
    OPERATORS.iter().find(|(name, ..)| *name == text).map(|(_, operator, _)| *operator)
}

/// The operator as it is written.
pub fn name(operator: Operator) -> &'static str {
    OPERATORS.iter().find(|(_, other, _)| *other == operator).map_or("", |(name, ..)| name)
}

/// How tightly an operator binds; more is tighter.
pub(super) fn binding(operator: Operator) -> u8 {
    OPERATORS.iter().find(|(_, other, _)| *other == operator).map_or(0, |(.., binding)| *binding)
}

/// The least binding of an operator in the right operand of another: only `^` groups from the right.
pub(super) fn right_binding(operator: Operator) -> u8 {
    binding(operator) + u8::from(operator != Operator::Power)
}

/// The aggregation that is written so, in lower case.
pub(super) fn aggregation(text: &str) -> Option<Aggregation> {
    AGGREGATIONS.iter().find(|(name, _)| *name == text).map(|(_, aggregation)| *aggregation)
}

/// The aggregation as it is written.
pub fn aggregation_name(aggregation: Aggregation) -> &'static str {
    AGGREGATIONS.iter().find(|(_, other)| *other == aggregation).map_or("", |(name, _)| name)
}

/// True for the aggregations with a parameter before the vector.
pub(super) fn has_parameter(aggregation: Aggregation) -> bool {
    use Aggregation::{Bottomk, CountValues, LimitRatio, Limitk, Quantile, Topk};
    matches!(aggregation, Bottomk | CountValues | LimitRatio | Limitk | Quantile | Topk)
}
