//! The mathematics over series that the query languages share.
//!
//! A vector is a list of [`Series`]: a label set and one number, or one native histogram, per step of a [`Grid`]. Operators, set operators and
//! aggregations take vectors and answer vectors, for all steps at once. They know no query language: where PromQL and
//! LogQL differ on purpose a [`Dialect`] is handed in, and each language puts an [`AlgebraError`] into its own words.
//! Every operation counts what it holds and does against the [`Allowance`] of its query.

pub mod labels;
pub mod notation;
pub mod numbers;

mod aggregate;
mod allowance;
mod dialect;
mod error;
mod operators;
mod series;

pub use aggregate::grouping::Grouping;
pub use aggregate::merge::Merged;
pub use aggregate::operation::Aggregation;
pub use aggregate::{Parameter, aggregate};
pub use allowance::{Allowance, Combining, Held, SampleKind, Warning};
pub use dialect::{Dialect, DivisionByZero, LoneSide, MetricNames};
pub use error::{AlgebraError, Duplicates, Side};
pub use operators::join::{Operation, join};
pub use operators::matching::{Cardinality, Matching};
pub use operators::operator::Operator;
pub use operators::scalar::{scalar_vector, scalars, vector_scalar};
pub use operators::set::SetOperation;
pub use series::collector::{Collector, drop_names, join_same_labels};
pub use series::column::{ABSENT, Series, Value, absent, is_absent};
pub use series::grid::Grid;
pub use series::histograms::Histograms;
pub use series::order::by_value;
