//! What a query can compute, each function one entry of a table: the parser, the printer and the evaluation
//! all read the entry, so that the language grows by one line here and the code that the line names.
//!
//! | Table | Functions | Applied to |
//! |---|---|---|
//! | [`aggregate`] | `count`, `min`, `max`, `avg`, `sum` | the spans of a spanset |
//! | [`over_time`] | `rate`, `count_over_time`, … | the spans of a step |
//! | [`series`] | `topk`, `bottomk` | the finished series, at each step |

pub(crate) mod accumulator;
pub mod aggregate;
pub(crate) mod buckets;
pub mod over_time;
pub mod series;
