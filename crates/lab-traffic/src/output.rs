//! What a person sees of a run: its progress, tables, and how it went.

pub mod progress;
pub mod table;
pub mod verdict;
