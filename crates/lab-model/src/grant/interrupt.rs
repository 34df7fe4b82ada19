//! A flag by which the one who asked stops a running evaluation: on a time-out or when a client leaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared by the one who asks and the engine that evaluates; engines look at it between steps.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Asks the evaluation to stop; never unset.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// True once [`Interrupt::set`] was called.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
