//! Metrics: exposition formats, scraping, the sample store and PromQL.

pub mod promql;
