//! What a function of the language takes and answers: how many arguments, of which types, and with which edges.

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

impl Signature {
    /// How many arguments there should be, if they are not `got`.
    pub(crate) fn wanted_in_place_of(&self, got: usize) -> Option<String> {
        let wanted = self.parameters.len();
        let at_least = wanted.saturating_sub(1);
        match self.count {
            Count::Exact if got != wanted => Some(format!("{wanted}")),
            Count::Optional(_) | Count::Repeated if got < at_least => Some(format!("at least {at_least}")),
            Count::Optional(extra) if got > at_least + extra => Some(format!("at most {}", at_least + extra)),
            _ => None,
        }
    }
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

/// What a selector reads at the edges of its stretch, or at the instant at which it looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edges {
    /// Nothing beyond the samples within.
    #[default]
    Open,
    /// `anchored`: the last sample before the start stands at the start.
    Anchored,
    /// `smoothed`: a value between the samples before and behind the edge.
    Smoothed,
}

impl Edges {
    /// The modifier as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "",
            Self::Anchored => "anchored",
            Self::Smoothed => "smoothed",
        }
    }

    /// How far a selector reads before its start and behind its end, in milliseconds.
    pub(crate) fn reach(self, lookback: i64) -> (i64, i64) {
        match self {
            Self::Open => (0, 0),
            Self::Anchored => (lookback, 0),
            Self::Smoothed => (lookback, lookback),
        }
    }
}
