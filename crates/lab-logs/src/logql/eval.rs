//! Queries over the store: [`lines`] answers log queries, [`metric`] metric queries, and [`hints`] says why a
//! query found nothing.

pub mod hints;
pub mod lines;
pub mod metric;
pub mod series;
pub mod steps;

pub(crate) mod aggregate;
pub(crate) mod binary;
pub(crate) mod range;
pub(crate) mod scan;
