//! What tests and other labs ask of a lab: whether expectations hold, and everything that it holds as one file; and what a lab
//! that shows two runs tells of both.

pub mod compared;
pub mod expect;
pub mod proofs;
pub mod recording;
