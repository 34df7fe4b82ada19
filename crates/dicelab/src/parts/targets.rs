//! What the lab scrapes and which rules it evaluates, from the options and the files that they name.

pub mod collection;
pub mod receiving;
pub mod ruling;
pub mod scraping;
pub mod sending;
