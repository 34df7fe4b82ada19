//! Queries over the store: [`lines`] answers log queries, [`metric`] metric queries, [`survey`] says what there is,
//! and [`cost`] what it has read.

pub mod cost;
pub mod lines;
pub mod metric;
pub mod steps;
pub mod survey;
pub mod value;

mod by_labels;
mod range;
mod scan;
