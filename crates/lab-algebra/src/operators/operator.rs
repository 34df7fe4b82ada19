//! The operators, and what they answer for two numbers.

use crate::dialect::{Dialect, DivisionByZero};
use crate::series::column::ABSENT;

/// The operators between two expressions.
#[allow(missing_docs, reason = "each is the operator of that name")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Atan2,
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    /// Of a histogram, what lies below a value.
    KeepBelow,
    /// Of a histogram, what lies above a value.
    KeepAbove,
    And,
    Or,
    Unless,
}

impl Operator {
    /// True for those that filter, or answer 0 or 1.
    pub fn is_comparison(self) -> bool {
        use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        matches!(self, Equal | NotEqual | Greater | Less | GreaterOrEqual | LessOrEqual)
    }

    /// True for those that cut a histogram at a value.
    pub fn is_cut(self) -> bool {
        matches!(self, Self::KeepBelow | Self::KeepAbove)
    }

    /// True for those whose result is the same metric, or what is left of it.
    pub fn keeps_metric(self) -> bool {
        self.is_comparison() || self.is_cut()
    }

    /// True for those that ask which series are there, whatever their values.
    pub fn is_set(self) -> bool {
        matches!(self, Self::And | Self::Or | Self::Unless)
    }

    /// The value for two numbers; comparisons answer 0 or 1, set operators have no value.
    #[inline]
    pub fn compute(self, dialect: Dialect, left: f64, right: f64) -> f64 {
        let no_divisor = right == 0.0 && dialect.division_by_zero == DivisionByZero::NotANumber;
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide | Self::Modulo if no_divisor => f64::NAN,
            Self::Divide => left / right,
            Self::Modulo => left % right,
            Self::Power => left.powf(right),
            Self::Atan2 => left.atan2(right),
            Self::Equal => f64::from(left == right),
            Self::NotEqual => f64::from(left != right),
            Self::Greater => f64::from(left > right),
            Self::Less => f64::from(left < right),
            Self::GreaterOrEqual => f64::from(left >= right),
            Self::LessOrEqual => f64::from(left <= right),
            Self::KeepBelow | Self::KeepAbove | Self::And | Self::Or | Self::Unless => ABSENT,
        }
    }

    /// The value that stays in a vector: a comparison without `bool` keeps `kept` or leaves it out.
    #[inline]
    pub(crate) fn keep(self, dialect: Dialect, as_bool: bool, left: f64, right: f64, kept: f64) -> f64 {
        let value = self.compute(dialect, left, right);
        if !self.is_comparison() || as_bool {
            value
        } else if value == 1.0 {
            kept
        } else {
            ABSENT
        }
    }
}
