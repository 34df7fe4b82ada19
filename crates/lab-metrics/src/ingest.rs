//! The ways in for samples: the text formats in which metrics are exposed, and the scraper that fetches them.

pub mod exposition;
pub mod scrape;
