//! TLS and passwords of a port: the web configuration file that Prometheus, its exporters and the Alertmanager share
//! (<https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md>).
//!
//! The file is read anew whenever it or a file that it names has changed ([`source`]), so that users and certificates
//! change without a restart. A file that has become bad closes the port until it is good again, as in Prometheus:
//! nobody comes in by yesterday's passwords.

mod client_certificates;
mod file;
pub mod mistake;
pub mod own;
mod rate;
pub mod source;
mod tls;
mod users;

#[cfg(test)]
mod tests;
