//! Operators between two expressions: between numbers, between a number and a vector, and between vectors.

pub(crate) mod join;
pub(crate) mod matching;
pub(crate) mod mixed;
pub(crate) mod operator;
pub(crate) mod scalar;
pub(crate) mod set;

mod taken;
