//! Progress on stderr, while the report goes to stdout.

use std::io::Write as _;

/// Writes a line of progress. If stderr is closed, the line is dropped.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
