//! Texts for people: in markup, and with a suggestion where a name is wrong.

pub mod markup;
pub mod nearest;
