//! The ways in for samples: the text formats in which metrics are exposed, the scraper that fetches them, and what the
//! configuration says of metrics that come by OTLP.

pub mod exposition;
pub mod otlp;
pub mod scrape;
