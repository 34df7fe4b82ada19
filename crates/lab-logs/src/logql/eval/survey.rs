//! What there is, before anybody has asked for something: [`fields`] finds what lines could be asked for, [`patterns`] what
//! they have in common, [`volume`] says how many bytes there are.

pub mod fields;
pub mod patterns;
pub mod volume;
