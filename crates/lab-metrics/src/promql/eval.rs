//! The evaluation of a plan over a source of series.

pub(crate) mod annotations;
pub(crate) mod context;
pub(crate) mod evaluate;
pub(crate) mod hints;
pub(crate) mod operand;
pub(crate) mod samples;

mod call;
mod info;
mod refusal;
