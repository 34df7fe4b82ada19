//! The first part of a run file: what it is, when the run was, and on which machine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What every run file says it is.
pub const FORMAT: &str = "dicelab run";
/// The version that is written, and the highest one that is read.
pub const VERSION: u32 = 1;

/// What stands in `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always [`FORMAT`] in a file that is read.
    pub format: String,
    /// At most [`VERSION`] in a file that is read.
    pub version: u32,
    /// The dicelab that wrote it: `dicelab 0.1.0`.
    pub written_by: String,
    /// When the run began, in nanoseconds since the Unix epoch.
    pub start_ns: i64,
    /// When everything of it had arrived.
    pub end_ns: i64,
    /// The program and its arguments; empty for what was exported from a lab.
    #[serde(default)]
    pub command: Vec<String>,
    #[serde(default)]
    pub machine: Machine,
    /// The part of the run, from 0 to 1, in which threads of the run itself waited for a processor; `None` where the system
    /// does not tell it.
    #[serde(default)]
    pub waited: Option<f64>,
    /// Variables of the environment that say how the run was made. Only those of a fixed list are kept, so no secret is.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// The attributes whose values were taken out.
    #[serde(default)]
    pub redacted: Vec<String>,
    #[serde(default)]
    pub counts: Counts,
}

/// Where the run took place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Machine {
    /// `linux`, for example.
    pub os: String,
    /// `x86_64`, for example.
    pub architecture: String,
    /// How many processors the program could use.
    pub processors: usize,
    /// What its maker calls the processor, where that is known.
    pub model: String,
}

/// How much of each signal there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    pub series: u64,
    pub samples: u64,
    pub lines: u64,
    pub spans: u64,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            written_by: String::new(),
            start_ns: 0,
            end_ns: 0,
            command: Vec::new(),
            machine: Machine::default(),
            waited: None,
            variables: BTreeMap::new(),
            redacted: Vec::new(),
            counts: Counts::default(),
        }
    }
}
