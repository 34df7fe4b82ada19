//! What the lab endures: short forms of the parts of `make endure`, which runs them for long.

mod kills;
mod overload;
mod silent;
mod soak;

use std::path::PathBuf;

use lab_bench::endure::outcome::Outcome;
use lab_bench::endure::session::Machine;

use crate::harness::{Scratch, free_offset};

/// The binary of these tests, on free ports, in a directory that goes with the test.
fn machine(scratch: &Scratch) -> Machine {
    Machine {
        dicelab: PathBuf::from(env!("CARGO_BIN_EXE_dicelab")),
        port_offset: free_offset(),
        scratch: scratch.path().to_owned(),
    }
}

/// Fails with every promise that was broken.
fn assert_kept(outcome: &Outcome) {
    assert!(outcome.faults.is_empty(), "{:#?}\nfigures: {:?}", outcome.faults, outcome.figures);
}
