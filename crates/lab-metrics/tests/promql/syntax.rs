//! The syntax of queries, held against the answers of Prometheus' own parser and against itself.

mod answers;
mod leaks;
mod published;
mod round_trip;
