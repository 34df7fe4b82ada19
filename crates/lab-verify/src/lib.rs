//! The judge of a telemetry pipeline: asks over HTTP, reconciles with what is known to be true, reports.
//!
//! It knows the contract of the dice system and the public APIs of Prometheus, Loki, Tempo and Grafana, nothing
//! else; so it judges the embedded lab and the real products alike. [`verify`] is `dicelab verify`:
//!
//! 1. [`options`] say where everything is, [`stack`] holds a client for each of them.
//! 2. [`run`] goes through the areas; what each asks and compares becomes a [`check::Check`].
//! 3. [`report`] writes the checks down: for people, for programs, for a wiki.
//!
//! [`trace`] and [`batch`] read off spans what [`shape`] and [`concurrency`] judge, and what [`waterfall`], `dicelab
//! trace`, draws. [`doctor`] walks the path of each signal, following one [`event`].

pub mod age;
pub mod batch;
pub mod check;
pub mod concurrency;
pub mod context;
pub mod contract;
pub mod counters;
pub mod diagnose;
pub mod doctor;
pub mod endpoint;
pub mod event;
pub mod expected;
pub mod gather;
pub mod ledger;
pub mod line;
pub mod links;
pub mod loss;
pub mod options;
pub mod panels;
pub mod reconcile;
pub mod report;
pub mod run;
pub mod shape;
pub mod signals;
pub mod span;
pub mod speedup;
pub mod stack;
#[cfg(test)]
mod testing;
pub mod trace;
pub mod verify;
pub mod wait;
pub mod waterfall;
