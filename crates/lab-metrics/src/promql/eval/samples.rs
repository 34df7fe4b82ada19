//! How samples are read: selectors, subqueries, and the windows of range functions.

pub(crate) mod edges;
pub(crate) mod select;
pub(crate) mod subquery;
pub(crate) mod tally;
pub(crate) mod window;
