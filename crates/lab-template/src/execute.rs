//! Executing a template.

pub(crate) mod arguments;
pub(crate) mod command;
pub(crate) mod field;
pub(crate) mod method;
pub(crate) mod run;
pub(crate) mod walk;
