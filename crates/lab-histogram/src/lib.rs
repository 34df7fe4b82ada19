//! Native histograms as values: which buckets there are, how two histograms are combined, and what is read off one.
//!
//! A histogram has a count, a sum, a zero bucket and two sides of buckets whose bounds follow from its [`Schema`]; or it
//! has custom bounds, one side and no zero bucket. Counts are floats, as PromQL computes with them. Nothing here knows a
//! format, a store or a query language.
//!
//! Source of the rules: Prometheus' specification of native histograms, and the answers of Prometheus 3.14.

mod bucket;
mod buckets;
mod combine;
mod estimate;
mod histogram;
mod incoming;
mod notation;
mod reset;
mod schema;

pub use bucket::Bucket;
pub use buckets::{Buckets, Quantity, SpanError};
pub use combine::{Combined, Incompatible};
pub use estimate::quantile::NotANumber;
pub use histogram::{CounterReset, Histogram, Side};
pub use incoming::check::Flaw;
pub use incoming::classic::{Classic, ClassicError};
pub use schema::{CUSTOM_SCHEMA, HIGHEST_SCHEMA, LOWEST_SCHEMA, Schema};
