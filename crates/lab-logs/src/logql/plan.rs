//! What a query needs before the first line is read: its stages with regular expressions, templates and quantities
//! compiled once.

pub(crate) mod condition;
pub(crate) mod search;
pub(crate) mod stage;
pub(crate) mod trace;
