//! The report of a run: [`model`] is what it says, each other file writes it for somebody.

pub mod github;
pub mod html;
pub mod junit;
pub mod markdown;
pub mod model;
pub mod target;
pub mod text;
#[cfg(test)]
pub(crate) mod well_formed;
