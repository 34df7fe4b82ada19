//! Progress on stderr, while the report goes to stdout.

use std::io::Write as _;

/// A line of progress. It is a courtesy: a closed stderr stops nothing.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
