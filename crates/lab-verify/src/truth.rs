//! What is known to have happened, and what the stack has of it.
//!
//! [`asked`] says what was asked and answered and what that leaves behind. [`gather`] reads what the stack has:
//! [`counters`], lines and spans, which [`found`] compares with the ledger request by request. All of it is the
//! [`context`] of the checks. [`traced_request`] makes one request more, to be found again in every signal. [`unknown`]
//! says why something could not be learned.

pub mod asked;
pub mod context;
pub mod counters;
pub mod edges;
pub mod found;
pub mod gather;
pub mod traced_request;
pub mod unknown;
