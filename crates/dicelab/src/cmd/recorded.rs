//! The commands about runs that are over: show one, judge it again, take one out of a lab, put one into it, compare two.

pub mod check;
pub mod diff;
pub mod export;
pub mod import;
pub mod open;
