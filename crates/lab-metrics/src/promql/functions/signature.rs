//! What a function of the language takes and answers.

use crate::promql::value::ValueType;

/// The name and the types of a function.
#[derive(Debug, PartialEq)]
pub struct Signature {
    pub name: &'static str,
    /// The types of the arguments.
    pub parameters: &'static [ValueType],
    /// How many arguments there may be.
    pub count: Count,
    /// The type of the value.
    pub returns: ValueType,
}

/// How many arguments a function takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// One for each parameter.
    Exact,
    /// Up to so many for the last parameter, or none.
    Optional(usize),
    /// Any number for the last parameter, none too.
    Repeated,
}
