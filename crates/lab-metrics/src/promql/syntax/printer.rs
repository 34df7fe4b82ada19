//! From a tree back to text, in the spelling of Prometheus.

pub mod line;

pub(super) mod layout;
