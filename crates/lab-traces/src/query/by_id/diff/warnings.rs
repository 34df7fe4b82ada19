//! What makes a comparison less certain than it looks.

use std::collections::BTreeSet;

use crate::query::by_id::diff::side::{Identity, Side};

/// Spans that are named as examples.
const EXAMPLES: usize = 3;
/// Digits that look like a number of one request, and hexadecimal digits that look like an id.
const DIGITS: usize = 6;
const HEX_DIGITS: usize = 8;

/// A reason to look at the comparison with care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// A word for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

/// The warnings about one trace, which `which` names.
pub(crate) fn of(side: &Side, which: &str) -> Vec<Warning> {
    let invalid: BTreeSet<&Identity> =
        side.spans.iter().filter(|span| span.duration_ns.is_none()).map(|span| &span.identity).collect();
    let mut warnings = Vec::new();
    if let Some(span) = side.spans.iter().find(|span| names_a_request(&span.identity.name)) {
        let Identity { service, name, .. } = &span.identity;
        warnings.push(Warning {
            code: "high_cardinality_span_name",
            message: format!(
                "the span name {name:?} of {service:?} seems to hold an id of one request, so that the same operation has \
                 another name in the other trace and is shown as added and removed; put the id into an attribute"
            ),
        });
    }
    if !invalid.is_empty() {
        let named: Vec<String> = invalid.iter().take(EXAMPLES).map(|one| format!("{:?}", one.name)).collect();
        warnings.push(Warning {
            code: "invalid_duration",
            message: format!(
                "in the {which} trace spans end before they begin, or have no start; their durations are null: {}",
                named.join(", ")
            ),
        });
    }
    warnings
}

/// Whether a word of a name is a long number, or looks like an id in hexadecimal digits.
fn names_a_request(name: &str) -> bool {
    name.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_').any(|word| {
        let is_number = word.len() >= DIGITS && word.bytes().all(|byte| byte.is_ascii_digit());
        let is_hex = word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        is_number || (is_hex && word.len() >= HEX_DIGITS)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_names_are_seen() {
        for name in ["GET /users/123456", "job 3f2a-99bc-0001", "deadbeefcafe"] {
            assert!(names_a_request(name), "{name}");
        }
        for name in ["GET /users/{id}", "v2 roll", "GET /rolls/12345", "async_roll", "feedback"] {
            assert!(!names_a_request(name), "{name}");
        }
    }
}
