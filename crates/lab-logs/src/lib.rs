//! Logs: what a line is, how lines come in, where they are kept, and LogQL over them.
//!
//! The rooms of every engine, in the order in which a line meets them: [`ingest`] (raw lines to entries, with the
//! labels that Loki adds), [`store`] (append, flush, retain, select) and [`logql`] (syntax, plan, evaluation,
//! functions). All of them speak of the streams and entries in [`record`]. Nothing here asks the clock, owns a
//! task or knows a wire format.

pub mod ingest;
pub mod logql;
pub mod record;
pub mod store;

pub use lab_algebra::{ABSENT, Grid, Series};

pub use ingest::arrival::Arrivals;
pub use ingest::decode::{Decoded, LineDecoder};
pub use ingest::enrich;
pub use record::{Entry, LogLine};
pub use store::LogStore;
pub use store::limits::{Limits, Policy};
pub use store::stats::{Appended, Reason, Rejection, Stats};
