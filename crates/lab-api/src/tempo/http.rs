//! Tempo's endpoints over HTTP.

pub(crate) mod diff;
pub(crate) mod search;
pub(crate) mod status;
pub(crate) mod trace;
