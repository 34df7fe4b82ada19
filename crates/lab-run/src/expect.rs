//! What is expected of a run: [`expectation`] says what there can be, [`request`] which requests are made, [`mod@file`] reads
//! `dicelab.yaml`, [`mod@line`] reads what stands behind `--assert`, [`comparison`] and [`wanted`] are what answers are held
//! against.

pub mod comparison;
pub mod expectation;
pub mod file;
pub(crate) mod item;
pub mod line;
pub mod place;
pub(crate) mod placeholder;
pub mod request;
pub mod wanted;
