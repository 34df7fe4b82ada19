//! PromQL, the query language of Prometheus 3 (native histograms aside).
//!
//! A query text is parsed by the `promql-parser` crate, laid out as a [`plan`], and evaluated by the
//! [`engine`] over whatever implements [`source::SeriesSource`]. A query is evaluated for all its steps
//! at once: each selector reads its samples a single time, each label set is built once per series, and
//! windows slide over the samples.
//!
//! Reading order: [`engine`] (entry points), [`plan`] (what a query is), then the parts in the order in
//! which values flow. Semantics follow <https://prometheus.io/docs/prometheus/latest/querying/basics/>.

pub mod engine;
pub mod error;
pub mod params;
pub mod source;
pub mod value;
