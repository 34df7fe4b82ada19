//! Literals as Go writes them: strings, characters, numbers and durations.

pub mod character;
pub mod dialect;
pub mod duration;
pub mod number;
pub mod quote;
pub mod string;
