//! The generator and the measurement against a stub of the services.

mod ledger;
mod perf;
mod services;
mod spans;
mod stub;
