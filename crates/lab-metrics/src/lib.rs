//! Metrics: exposition formats, scraping, the sample store and PromQL.
//!
//! [`ingest`] (exposition formats and the scraper), the [`store`], the language ([`promql`], [`selector`]; [`rules`] are
//! written in it), what leaves the lab by itself ([`outgoing`]), and errors next to what raises them. Nothing here serves HTTP or knows a wire format's JSON.

mod http;

pub mod ingest;

pub mod model;

pub mod outgoing;

pub mod promql;

mod query_source;

pub mod rules;

pub mod selector;

pub mod store;

pub use lab_algebra::Cardinality;
pub use store::MetricStore;
