//! Alerts: the states that they go through, the names of what they write, and how they survive a restart.

pub mod names;
pub mod notice;
pub(crate) mod restore;
pub mod state;
