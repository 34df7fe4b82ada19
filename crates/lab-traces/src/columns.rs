//! Columns of spans: what queries ask of many spans at once, apart from the spans themselves.
//!
//! A *part* holds the columns of neighbouring fragments, its rows sorted by start. Its front says what can be known
//! without the rows (ranges, short dictionaries, the names of attributes), its body has the rows. Resource and scope are
//! columns of numbers of origins; events and links are not in columns, only the names of their attributes.
//!
//! [`builder`] makes parts from encoded spans, [`layout`] is the front, [`part`] reads both, [`pack`] packs integers.

pub(crate) mod builder;
pub(crate) mod layout;
pub(crate) mod pack;
pub(crate) mod part;
pub(crate) mod tally;
#[cfg(test)]
mod tests;
