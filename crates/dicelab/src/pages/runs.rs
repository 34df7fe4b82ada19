//! What tests and other labs ask of a lab: whether expectations hold, and everything that it holds as one file.

pub mod expect;
pub mod proofs;
pub mod recording;
