//! What there is, before anybody has asked for something: [`fields`] finds what lines could be asked for, [`patterns`] what
//! they have in common, [`measured`] and [`volume`] say how much there is, and [`shards`] how it can be dealt out.

pub mod fields;
pub mod measured;
pub mod patterns;
pub mod shards;
pub mod volume;
