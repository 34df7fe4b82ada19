//! What a stage found: figures for the record, and faults if a promise was broken.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

/// Figures and faults of a stage.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What was measured: name and value, as they are written into the record.
    pub figures: Vec<(String, String)>,
    /// Promises that were broken; none if all is well.
    pub faults: Vec<String>,
}

impl Outcome {
    /// Notes a figure.
    pub fn figure(&mut self, name: &str, value: impl Display) {
        self.figures.push((name.to_owned(), value.to_string()));
    }

    /// Notes a fault, unless the promise was kept.
    pub fn expect(&mut self, is_kept: bool, fault: impl FnOnce() -> String) {
        if !is_kept {
            self.faults.push(fault());
        }
    }
}

/// Bytes as people read them.
pub fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
