//! The contract of a signal store: what metrics, logs and traces have in common, whatever they store.
//!
//! * [`contract`]: the operations that the lab calls on every store, and how long data are kept.
//! * [`account`]: every item that arrived is here, or there is a reason why not.
//! * [`budget`]: memory in bytes; a full buffer makes senders wait and never drops what was acknowledged.
//! * [`labels`], [`times`]: one set of rules for label sets and times, whichever way an item comes in.

pub mod account;
pub mod budget;
pub mod contract;
pub mod labels;
pub mod times;
