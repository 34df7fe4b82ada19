//! What is expected of a run: [`expectation`] says what there can be, [`mod@file`] reads `dicelab.yaml`, [`mod@line`] reads what
//! stands behind `--assert`, and [`comparison`] is what answers are held against.

pub mod comparison;
pub mod expectation;
pub mod file;
pub mod line;
pub mod place;
