//! Where the query languages differ on purpose.

/// The rules of one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// What happens to the label that names a metric.
    pub names: MetricNames,
    /// What a division by zero answers.
    pub division_by_zero: DivisionByZero,
    /// Whether a vector is checked for duplicates at steps where the other one is empty.
    pub lone_side: LoneSide,
}

/// What operators do to the label that names a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricNames {
    /// It is a label like any other (LogQL).
    Kept,
    /// What is computed is another metric: its name goes at once (PromQL).
    Dropped,
    /// The name is marked, and goes when the query is done (PromQL with delayed name removal).
    DroppedAtTheEnd,
}

/// What `x / 0` and `x % 0` answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DivisionByZero {
    /// What IEEE 754 says: an infinity, or NaN for `0 / 0` (PromQL).
    Infinite,
    /// They answer NaN (LogQL).
    NotANumber,
}

/// Whether two series of one side may share a match group at a step where the other side has no sample at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoneSide {
    /// They may, because nothing is matched there (PromQL).
    Unchecked,
    /// They may not (LogQL).
    Checked,
}

impl Dialect {
    /// The rules of PromQL, with or without delayed name removal.
    pub const fn promql(delayed_name_removal: bool) -> Self {
        let names = if delayed_name_removal { MetricNames::DroppedAtTheEnd } else { MetricNames::Dropped };
        Self { names, division_by_zero: DivisionByZero::Infinite, lone_side: LoneSide::Unchecked }
    }

    /// The rules of LogQL.
    pub const fn logql() -> Self {
        Self { names: MetricNames::Kept, division_by_zero: DivisionByZero::NotANumber, lone_side: LoneSide::Checked }
    }

    /// True if a name is marked now and goes later.
    pub fn delays_names(self) -> bool {
        self.names == MetricNames::DroppedAtTheEnd
    }
}
