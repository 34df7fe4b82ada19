//! The options of the commands, one file a group. Each is declared once, here; [`crate::cli`] lets the
//! environment and a file set it too.

pub mod collect;
pub mod common;
pub mod format;
pub mod lab;
pub mod mistakes;
pub mod run;
pub mod tell;
pub mod up;
pub mod value;
