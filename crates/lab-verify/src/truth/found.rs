//! What the stack has of the requests of a ledger. It is counted and summed up while it is read, so that the memory
//! that a judgement needs does not grow with the lines and spans.
//!
//! | Room | What is in it |
//! |---|---|
//! | [`mod@line`] | one log line, read |
//! | [`lines`] | the lines of each request, counted |
//! | [`traces`] | the spans of each request, counted, and what the traces show together |
//! | [`survey`], [`batches`] | what the traces show: whether they hang together, how the rolls of batches overlapped |
//! | [`durations`] | how long the spans of each operation took |
//! | [`contradictions`] | where lines and spans say something else than the answer |
//! | [`requests`] | where a request has too few or too many lines or spans |
//! | [`examples`] | the earliest few of many |

pub mod batches;
pub mod contradictions;
pub mod durations;
pub mod examples;
pub mod line;
pub mod lines;
pub mod requests;
pub mod survey;
pub mod traces;
