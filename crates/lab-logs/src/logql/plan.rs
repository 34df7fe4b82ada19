//! What a query needs before the first line is read: its stages with regular expressions, templates and quantities
//! compiled once, and its sums moved to where the lines are read.

pub(crate) mod asked;
pub(crate) mod condition;
pub mod deletion;
pub(crate) mod hints;
pub(crate) mod log;
pub(crate) mod metric;
pub(crate) mod search;
pub(crate) mod stage;
pub(crate) mod wanted;
