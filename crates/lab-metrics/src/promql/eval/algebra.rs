//! The algebra of vectors: operations on series that have a value, or none, at each step of a query.

pub(crate) mod aggregate;
pub(crate) mod binary;
pub(crate) mod matching;
pub(crate) mod set;
pub(crate) mod steps;
pub(crate) mod summation;
