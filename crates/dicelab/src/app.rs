//! The lab put together: stores, servers, children, traffic; how it starts and how it ends.

pub mod children;
pub mod clock;
pub mod collector;
pub mod faults;
pub mod host_guard;
pub mod http;
pub mod lab;
pub mod last_report;
pub mod probe;
pub mod requests;
pub mod routes;
pub mod ruling;
pub mod run;
pub mod scraping;
pub mod self_metrics;
pub mod signals;
pub mod stall;
pub mod status;
pub mod stores;
pub mod traffic;
pub mod tsdb_metrics;
pub mod upkeep;
