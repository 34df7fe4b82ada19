//! Regular expressions of queries: anchored at both ends, bounded in size, linear in time.

use regex::{Regex, RegexBuilder};

/// The largest compiled expression, in bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// Compiles a pattern so that it matches whole texts; the error is a message for the user.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    let build = |text: &str| RegexBuilder::new(text).size_limit(SIZE_LIMIT).build();
    // Alone first: a stray `)` must not close our group.
    let anchored = build(pattern).and_then(|_| build(&format!("^(?s:{pattern})$")));
    anchored.map_err(|error| format!("invalid regular expression {pattern:?}: {error}"))
}
