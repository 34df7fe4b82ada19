//! From the bytes of a file to the texts that are kept: lines, what Docker wrapped around them, entries of several lines.

pub mod bytes;
pub mod docker;
pub mod entries;
pub mod line;
