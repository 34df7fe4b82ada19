//! What every area of checks may use: the stack, and the traffic whose truth is known.

use std::collections::HashMap;

use lab_traffic::ledger::Entry;
use tokio_util::sync::CancellationToken;

use crate::span::Span;
use crate::stack::Stack;

/// The ground of all checks.
#[derive(Debug)]
pub struct Context {
    /// Whom to ask.
    pub stack: Stack,
    /// What is known to have happened, in order of time; never empty once traffic could be made or read.
    pub ledger: Vec<Entry>,
    /// The spans of the ledger's traces by trace id, those that the trace store has; in order of their start.
    pub traces: HashMap<String, Vec<Span>>,
    /// Longest delay of a roll in seconds, as dice-roller itself says; `None` if it cannot be asked.
    pub max_delay: Option<f64>,
    /// Fires when somebody wants an early end.
    pub stop: CancellationToken,
}
