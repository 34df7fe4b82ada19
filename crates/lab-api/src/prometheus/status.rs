//! What is said about the process and its targets, and what an operator may do to it.

pub(crate) mod about;
pub(crate) mod admin;
pub(crate) mod features;
pub(crate) mod notices;
pub(crate) mod openapi;
pub(crate) mod pools;
pub(crate) mod self_metrics;
pub(crate) mod storage;
pub(crate) mod targets;
