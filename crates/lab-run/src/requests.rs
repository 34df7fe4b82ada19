//! The requests of a file: [`made`] says what became of one, [`send`] sends it, [`keep`] takes values out of its answer and
//! its trace, [`sequence`] makes all of them one after the other, [`judge`] judges their traces at the end of the run.

pub mod judge;
pub(crate) mod keep;
pub mod made;
pub(crate) mod send;
pub mod sequence;
