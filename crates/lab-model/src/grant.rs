//! What a query is granted: memory, and time until it is interrupted.

pub mod interrupt;
pub mod memory;

use crate::grant::interrupt::Interrupt;
use crate::grant::memory::QueryMemory;

/// What one query may use.
#[derive(Debug, Default)]
pub struct Grant {
    /// The memory that it may use.
    pub memory: QueryMemory,
    /// Set when the query has to stop.
    pub interrupt: Interrupt,
}
