//! The row envelope: the one shape in which everything is stored, whatever the signal.
//!
//! A row has a [head](head::Head) (what it holds, of whom, from when to when, how much), an optional *front* (the part
//! that is read often: times, a filter) and a *body* (the part that is read last: texts, samples, spans). The head is
//! columns of a table, so that SQL can find rows, sum them up and delete them without reading what they hold. Two
//! checksums (CRC-32C) cover the row: one over head and front, one over all of it, so that whoever reads only the
//! front can trust it without reading the body. ADR 0013 has the figures behind this shape.
//!
//! What a row's own checksum cannot tell, that it is missing or that an index does not lead to it, the
//! [catalogue] tells.
//!
//! A new kind of row needs a number in [`kind::Kind`], a [`table::Table`] and nothing else.

pub mod catalogue;
pub mod damage;
pub mod head;
pub mod kind;
pub(crate) mod mark;
pub mod table;
pub mod unreadable;
pub mod upgrade;
pub mod verify;
