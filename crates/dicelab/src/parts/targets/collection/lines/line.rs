//! A text on its way from a file to the store.

/// The most bytes of one text; what is longer is kept in pieces.
pub const LONGEST: usize = 256 << 10;
/// How long what is not whole waits for another line (ns).
pub const PATIENCE: i64 = 3_000_000_000;

/// A line, or what became of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    /// Where in the file it begins.
    pub begin: u64,
    /// Its own time, if what wrapped it has one.
    pub time: Option<i64>,
    /// The output from which it came, if what wrapped it says so: `stdout` or `stderr`.
    pub output: Option<Output>,
}

/// An output of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Output {
    Stdout,
    Stderr,
}

impl Output {
    /// The value of the label `stream`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}
