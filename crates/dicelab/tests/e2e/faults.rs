//! Faults on purpose.

mod control;
