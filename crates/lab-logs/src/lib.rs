//! Logs: what a line is, how raw lines become entries, where entries are kept, and LogQL over them.
//!
//! Four parts, in the order in which a line meets them: [`record`] (streams and entries, with the labels
//! that Loki adds in [`enrich`]), [`decode`] (a raw line of a container), [`store`] (append, flush, retain,
//! select) and [`logql`] (lexer → syntax tree → evaluation over the store). Nothing here asks the clock,
//! owns a task or knows a wire format.

pub mod decode;
pub mod enrich;
pub mod logql;
pub mod record;
pub mod store;

pub use decode::{Decoded, LineDecoder};
pub use record::{Entry, LogLine};
pub use store::LogStore;
pub use store::limits::{Limits, Policy, Retention};
pub use store::stats::{Appended, Reason, Rejection, Stats};
