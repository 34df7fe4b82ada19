//! Rules whose queries are in LogQL: the language for the ruler, the rules that were posted beside those of files, and
//! the API over them.

pub(crate) mod groups;
pub mod language;
pub mod posted;
mod written;
