//! The shared words of the lab: what a label, a matcher, a sample, a duration and a size are.
//!
//! Pure values only. Nothing here asks the clock, opens a file or speaks a wire format; every other
//! room may depend on this one and this one depends on none of them.

pub mod clock;
pub mod duration;
pub mod grant;
pub mod labels;
pub mod matcher;
pub mod size;
pub mod strategy;
pub mod text;
pub mod value;

pub use clock::Clock;
pub use grant::Grant;
pub use grant::interrupt::Interrupt;
pub use grant::memory::{MemoryError, MemoryPool, QueryMemory};
pub use labels::{Label, Labels, LabelsBuilder};
pub use matcher::expression::compiled::Expression;
pub use matcher::{MatchOp, Matcher, MatcherError, expression};
pub use value::sum::Sum;
pub use value::{Sample, format_float, format_short_float, push_answer_float, push_float};
