//! Regular expressions of queries: anchored at both ends, bounded in size, linear in time.

use lab_model::Expression;
use lab_model::expression;

/// Compiles a pattern so that it matches whole texts; the error is a message for the user.
pub(crate) fn compile(pattern: &str) -> Result<Expression, String> {
    expression::anchored(pattern).map_err(|error| error.to_string())
}
