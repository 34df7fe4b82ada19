//! Metrics: exposition formats, scraping, the sample store and PromQL.
//!
//! Ingest ([`exposition`], [`scrape`]), the [`store`], the language ([`promql`], [`selector`]; [`rules`] are
//! written in it), and errors next to what raises them. Nothing here serves HTTP or knows a wire format's JSON.

pub mod exposition;

pub mod model;

pub mod promql;

mod query_source;

pub mod rules;

pub mod scrape;

pub mod selector;

pub mod store;

pub use lab_algebra::Cardinality;
pub use store::MetricStore;
