//! Metrics: exposition formats, scraping, the sample store and PromQL.
