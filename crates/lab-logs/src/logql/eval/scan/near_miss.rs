//! Label filters whose regular expression would match if it were not anchored at both ends.

use std::cell::Cell;

use lab_model::Expression;
use lab_model::{MatchOp, Matcher};

use crate::logql::functions::regexes;

/// The most values that are looked at; if none of them is a near miss, no warning is given.
const MOST_LOOKS: u32 = 10_000;

/// A label filter that may miss values only because it is anchored.
#[derive(Debug)]
pub(crate) struct NearMiss {
    label: String,
    pattern: String,
    anywhere: Expression,
    seen: Cell<bool>,
    looks: Cell<u32>,
}

impl NearMiss {
    /// Watches a label matcher; none if it is no regular expression, because nothing else is anchored.
    pub(crate) fn of(matcher: &Matcher) -> Option<Self> {
        if matcher.op != MatchOp::Regex {
            return None;
        }
        Some(Self {
            label: matcher.name.clone(),
            pattern: matcher.value.clone(),
            anywhere: regexes::anywhere(&matcher.value).ok()?,
            seen: Cell::new(false),
            looks: Cell::new(0),
        })
    }

    /// True if it watches this matcher.
    pub(crate) fn is_of(&self, matcher: &Matcher) -> bool {
        matcher.op == MatchOp::Regex && self.label == matcher.name && self.pattern == matcher.value
    }

    /// Looks at a value that the filter has refused.
    pub(crate) fn look_at(&self, value: &str) {
        if !self.seen.get() && self.looks.get() < MOST_LOOKS {
            self.looks.set(self.looks.get() + 1);
            self.seen.set(self.anywhere.is_match(value));
        }
    }

    /// The warning, if a value was missed.
    pub(crate) fn warning(&self) -> Option<String> {
        self.seen.get().then(|| anchored_warning(&self.label, &self.pattern))
    }
}

/// Why an expression that seems to fit matches nothing.
pub(crate) fn anchored_warning(label: &str, pattern: &str) -> String {
    format!(
        "{label}=~{pattern:?} matched nothing: label matchers are anchored at both ends; to find it anywhere in the \
         value write {label}=~\".*{}.*\", or use a line filter |~ {pattern:?}",
        pattern.replace('\\', "\\\\").replace('"', "\\\"")
    )
}
