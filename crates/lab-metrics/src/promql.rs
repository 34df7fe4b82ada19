//! PromQL, the query language of Prometheus 3 (native histograms aside).
//!
//! A query text is parsed by the `promql-parser` crate ([`dialect`] translates what it does not know), laid out as a [`plan`], and evaluated by the
//! [`engine`] over whatever implements [`source::SeriesSource`]. A query is evaluated for all its steps
//! at once: each selector reads its samples a single time, each label set is built once per series, and
//! windows slide over the samples.
//!
//! Reading order: [`engine`] (entry points), [`plan`] and [`planner`] (what a query is), [`evaluate`]
//! (the recursion over it), then the parts it calls. Semantics follow
//! <https://prometheus.io/docs/prometheus/latest/querying/basics/>.

pub mod engine;
pub mod error;
pub mod params;
pub mod source;
pub mod syntax;
pub mod value;

mod aggregate;
mod annotations;
mod binary;
mod call;
mod context;
mod diagnose;
mod dialect;
mod edges;
mod evaluate;
mod functions;
mod hints;
mod info;
mod matching;
mod plan;
mod planner;
mod select;
mod set;
mod steps;
mod subquery;
mod summation;
mod text;
mod window;
