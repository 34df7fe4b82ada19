//! The commands that ask a running lab, or any server, one question.

pub mod probe;
pub mod query;
pub mod trace;
