//! PromQL, the query language of Prometheus 3.
//!
//! | Room | What is in it |
//! |---|---|
//! | [`syntax`] | from the text of a query to its tree, and back to text |
//! | `plan` | the tree made ready for evaluation |
//! | `eval` | the evaluation of a plan over whatever implements [`source::SeriesSource`] |
//! | `functions` | the functions of the language, one table |
//!
//! A query is evaluated for all its steps at once: each selector reads its samples a single time, each label
//! set is built once per series, and windows slide over the samples. [`engine`] holds the entry points.
//! The semantics follow <https://prometheus.io/docs/prometheus/latest/querying/basics/>.

pub mod engine;
pub mod error;
pub mod params;
pub mod source;
pub mod syntax;
pub mod value;

mod eval;
pub mod functions;
mod plan;
