//! What there is, before anybody has asked for something: [`fields`] finds what lines could be asked for, [`patterns`] what
//! they have in common, [`measured`] and [`volume`] say how much there is.

pub mod fields;
pub mod measured;
pub mod patterns;
pub mod volume;
