//! What parsers need not do, as Loki decides it, because answers show it: the labels that a metric query asks for are the
//! only ones that are extracted, a line is not read any further once they are found (whatever is wrong with the rest of
//! it), and a line is dropped as soon as a label is found that a filter on it refuses.

use crate::logql::plan::condition::Condition;
use crate::logql::scope::{ERROR, Scope};

/// The hints of a query.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hints {
    /// The labels that the query asks for; if it is empty, all of them are wanted.
    pub(crate) required: Vec<String>,
    /// True if the query asks for no label at all.
    pub(crate) asks_for_none: bool,
    /// Filters on a single label each, with its name.
    pub(crate) filters: Vec<(String, Condition)>,
}

/// How a parser goes on after a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// With the next label.
    Continue,
    /// Not at all: whatever the query asks for is found.
    Enough,
    /// Not at all: the line is dropped.
    Drop,
}

impl Hints {
    /// True if a line need not be parsed, because nothing is asked for that is not found yet.
    pub(crate) fn are_met(&self, scope: &Scope<'_>) -> bool {
        let all_found = || self.required.iter().all(|name| scope.has_extracted(name));
        self.asks_for_none || (!self.required.is_empty() && all_found())
    }

    /// True if a label of this name is asked for.
    pub(crate) fn want(&self, name: &str) -> bool {
        self.required.is_empty() || self.required.iter().any(|required| required == name)
    }

    /// True if a label may be asked for whose name begins so.
    pub(crate) fn want_below(&self, prefix: &str) -> bool {
        self.required.is_empty() || self.required.iter().any(|required| required.starts_with(prefix))
    }

    /// Sets a label that a parser has found, unless nobody asks for it or one of its name was found before: the first value
    /// counts.
    pub(crate) fn extract(&self, scope: &mut Scope<'_>, name: &str, value: impl FnOnce() -> String) -> Next {
        let name = scope.free_name(name);
        if !self.want(&name) || scope.has_extracted(&name) {
            return Next::Continue;
        }
        let name = name.into_owned();
        scope.set(name.clone(), value());
        let filter = self.filters.iter().find(|(filtered, _)| *filtered == name);
        if filter.is_some_and(|(_, condition)| !condition.holds(scope)) {
            Next::Drop
        } else if self.are_met(scope) {
            Next::Enough
        } else {
            Next::Continue
        }
    }

    /// Sets the labels that are asked for of those that a parser is known to find; false if the line is dropped.
    pub(crate) fn extract_known(&self, scope: &mut Scope<'_>, fields: &[(&str, &str)]) -> bool {
        for (name, value) in fields {
            match self.extract(scope, name, || (*value).to_owned()) {
                Next::Continue => {}
                Next::Enough => break,
                Next::Drop => return false,
            }
        }
        true
    }

    /// Notes that a parser cannot read a line. If the query asks for errors, that is no reason to refuse it.
    pub(crate) fn fail(&self, scope: &mut Scope<'_>, kind: &'static str, details: impl Into<String>) {
        scope.fail_anyway(kind, details);
        if self.required.iter().any(|name| name == ERROR) {
            scope.preserve_error();
        }
    }
}
