//! What is known to have happened, and what the stack has of it.
//!
//! A [`ledger`] says what was asked and answered; [`expected`] says what that leaves behind. [`gather`] reads what the
//! stack has: [`counters`], lines ([`mod@line`]) and spans, compared by [`requests`] one by one. All of it is the [`context`] of the
//! checks. [`traced_request`] makes one request more, to be found again in every signal. [`unknown`]
//! says why something could not be learned.

pub mod context;
pub mod counters;
pub mod expected;
pub mod gather;
pub mod ledger;
pub mod line;
pub mod requests;
pub mod traced_request;
pub mod unknown;
