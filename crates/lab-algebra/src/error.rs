//! What can go wrong when vectors are combined. There are no texts here: each language has its own words.

use lab_model::{Labels, MemoryError};

/// Why an operation has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AlgebraError {
    /// The query was asked to stop.
    #[error("the query was interrupted")]
    Interrupted,
    /// The query would hold more numbers than it may.
    #[error("the query would hold too many samples")]
    TooManySamples,
    /// The query needs more memory than it may have, or than there is at the moment.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The value that a label would get is too long.
    #[error("the value of label {name:?} would have {bytes} bytes")]
    LongValue {
        /// The name of the label that would get the value.
        name: String,
        /// The length that its value would have.
        bytes: usize,
    },
    /// Two series share a match group on the side where labels must be unique.
    #[error("two series of one side share a match group")]
    DuplicateSeries(Box<Duplicates>),
    /// Several series of the left side share a match group, and no modifier allows that.
    #[error("several series of the left side share a match group")]
    ManyToOne,
    /// Two results of one match group have the same labels.
    #[error("two results of a match group have the same labels")]
    AmbiguousGroup,
    /// Two series have come to the same labels and have a sample at the same step.
    #[error("two series have the same labels at the same step")]
    SameLabels,
    /// The number of series to pick is NaN.
    #[error("the number of series to pick is NaN")]
    CountIsNotANumber,
    /// The number of series to pick is no 64-bit integer.
    #[error("the number of series to pick does not fit a 64-bit integer: {0}")]
    CountOutOfRange(f64),
    /// The ratio of series to pick is NaN.
    #[error("the ratio of series to pick is NaN")]
    RatioIsNotANumber,
    /// A text is no name of a label.
    #[error("no label can have the name {0:?}")]
    LabelName(String),
}

/// Two series that share a match group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicates {
    /// The labels by which they are matched.
    pub group: Labels,
    /// The side on which they stand.
    pub side: Side,
    /// The labels of the two.
    pub series: [Labels; 2],
}

/// A side of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What stands before the operator.
    Left,
    /// What stands after it.
    Right,
}

impl Side {
    /// `left` or `right`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }
}
