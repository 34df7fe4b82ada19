//! What the doctor found.

use serde::Serialize;

use crate::doctor::hop::Path;

/// Every path as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Whether no hop is broken.
    pub good: bool,
    /// What is said first of all, if it explains everything else.
    pub summary: Option<Summary>,
    /// The paths, in the order in which one depends on the other.
    pub paths: Vec<Path>,
}

/// One cause behind many broken hops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// What is wrong.
    pub found: String,
    /// What to do.
    pub advice: String,
}
