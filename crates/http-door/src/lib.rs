//! The door of every port: one accept loop with its limits, and one guard that decides who may come in.
//!
//! | Room | What is in it |
//! |---|---|
//! | [`accept`] | the accept loop: a bound on connections, time limits for slow and silent clients, the drain |
//! | [`guard`] | which host names are answered to, and what a web page of another origin may do |
//! | [`web_config`] | TLS and passwords, by the file that Prometheus and its exporters share |
//! | [`notice`] | a sentence that stands above every HTML page |
//! | [`open_files`] | the limit of open files, raised at the start |
//!
//! Services and the lab both use it, so it knows neither: routes come in as an `axum` router.

pub mod accept;
pub mod guard;
pub mod notice;
pub mod open_files;
pub mod web_config;
