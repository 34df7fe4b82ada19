//! Which files are followed, and how their lines are read.

use std::sync::Arc;

use crate::parts::targets::collection::lines::entries::FirstLine;
use crate::parts::targets::collection::pattern::FilePattern;

/// What is followed, and how its lines are read.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub patterns: Arc<[FilePattern]>,
    /// How the first lines of entries look that have several.
    pub rules: Vec<FirstLine>,
    /// Whether what stands in the files at the start is left out.
    pub only_new: bool,
}
