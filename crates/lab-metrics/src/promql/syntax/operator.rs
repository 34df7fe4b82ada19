//! The operators and aggregations by name, and how tightly operators bind.

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `^`
    Power,
    /// `atan2`
    Atan2,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `<`
    Less,
    /// `>=`
    GreaterOrEqual,
    /// `<=`
    LessOrEqual,
    /// `</`, for native histograms only
    TrimUpper,
    /// `>/`, for native histograms only
    TrimLower,
    /// `and`
    And,
    /// `or`
    Or,
    /// `unless`
    Unless,
}

const OPERATORS: [(&str, Operator, u8); 18] = [
    ("or", Operator::Or, 1),
    ("and", Operator::And, 2),
    ("unless", Operator::Unless, 2),
    ("==", Operator::Equal, 3),
    ("!=", Operator::NotEqual, 3),
    (">", Operator::Greater, 3),
    ("<", Operator::Less, 3),
    (">=", Operator::GreaterOrEqual, 3),
    ("<=", Operator::LessOrEqual, 3),
    ("</", Operator::TrimUpper, 3),
    (">/", Operator::TrimLower, 3),
    ("+", Operator::Add, 4),
    ("-", Operator::Subtract, 4),
    ("*", Operator::Multiply, 5),
    ("/", Operator::Divide, 5),
    ("%", Operator::Modulo, 5),
    ("atan2", Operator::Atan2, 5),
    ("^", Operator::Power, POWER),
];

/// How tightly `^` binds: tighter than all others, and than a sign.
pub(super) const POWER: u8 = 6;

impl Operator {
    /// The operator that is written so, in lower case.
    pub(super) fn named(text: &str) -> Option<Self> {
        OPERATORS.iter().find(|(name, ..)| *name == text).map(|(_, operator, _)| *operator)
    }

    /// The operator as it is written.
    pub fn name(self) -> &'static str {
        OPERATORS.iter().find(|(_, operator, _)| *operator == self).map_or("", |(name, ..)| name)
    }

    /// How tightly it binds; more is tighter.
    pub(super) fn binding(self) -> u8 {
        OPERATORS.iter().find(|(_, operator, _)| *operator == self).map_or(0, |(.., binding)| *binding)
    }

    /// The least binding of an operator in its right operand: only `^` groups from the right.
    pub(super) fn right_binding(self) -> u8 {
        self.binding() + u8::from(self != Self::Power)
    }

    /// True for those that filter, or answer 0 or 1.
    pub fn is_comparison(self) -> bool {
        use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        matches!(self, Equal | NotEqual | Greater | Less | GreaterOrEqual | LessOrEqual)
    }

    /// True for `and`, `or` and `unless`.
    pub fn is_set(self) -> bool {
        matches!(self, Self::And | Self::Or | Self::Unless)
    }
}

/// An aggregation over series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// `sum`
    Sum,
    /// `avg`
    Avg,
    /// `count`
    Count,
    /// `min`
    Min,
    /// `max`
    Max,
    /// `group`
    Group,
    /// `stddev`
    Stddev,
    /// `stdvar`
    Stdvar,
    /// `topk`
    Topk,
    /// `bottomk`
    Bottomk,
    /// `limitk`
    Limitk,
    /// `limit_ratio`
    LimitRatio,
    /// `quantile`
    Quantile,
    /// `count_values`
    CountValues,
}

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

impl Aggregation {
    /// The aggregation that is written so, in lower case.
    pub(super) fn named(text: &str) -> Option<Self> {
        AGGREGATIONS.iter().find(|(name, _)| *name == text).map(|(_, aggregation)| *aggregation)
    }

    /// The aggregation as it is written.
    pub fn name(self) -> &'static str {
        AGGREGATIONS.iter().find(|(_, aggregation)| *aggregation == self).map_or("", |(name, _)| name)
    }

    /// True for those with a parameter before the vector.
    pub(super) fn has_parameter(self) -> bool {
        use Aggregation::{Bottomk, CountValues, LimitRatio, Limitk, Quantile, Topk};
        matches!(self, Bottomk | CountValues | LimitRatio | Limitk | Quantile | Topk)
    }
}
