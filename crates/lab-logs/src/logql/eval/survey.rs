//! What there is, before anybody has asked for something: [`fields`] finds what lines could be asked for, [`patterns`] what
//! they have in common, [`measured`] and [`volume`] say how much there is, [`shards`] how it can be dealt out, and [`hints`]
//! why a query found nothing.

pub mod fields;
pub mod hints;
pub mod measured;
pub mod patterns;
pub mod shards;
pub mod volume;
