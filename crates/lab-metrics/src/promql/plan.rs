//! The plan of a query: its tree made ready for evaluation.

pub(crate) mod builder;
pub(crate) mod node;
pub(crate) mod time;

mod duration;
mod info;
mod label_name;
