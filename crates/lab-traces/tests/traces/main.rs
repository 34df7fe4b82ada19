//! The trace store and TraceQL from the outside.
//!
//! `tests/traceql/*.test` holds scripts (see [`scripts`] for their notation), `tests/traceql/queries.yaml`
//! queries that are valid, do not parse, or make no sense.

mod account;
mod columns;
mod complete;
mod concurrency;
mod properties;
mod queries;
mod repeated;
mod scripts;
mod shown;
mod spans;
mod store;
