//! Stages that set, rename or remove labels: `label_format`, `drop`, `keep`.

use crate::logql::scope::{ERROR, Scope};

/// Gives a label another name; a label without a value leaves both as they are.
pub(crate) fn rename(scope: &mut Scope<'_>, from: &str, to: &str) {
    let value = scope.get(from).to_owned();
    if !value.is_empty() {
        scope.set(to.to_owned(), value);
        scope.set(from.to_owned(), String::new());
    }
}

/// Removes the labels that `goes` picks by name and value.
pub(crate) fn remove(scope: &mut Scope<'_>, goes: impl Fn(&str, &str) -> bool) {
    let removed: Vec<String> =
        scope.labels().filter(|(name, value)| goes(name, value)).map(|(name, _)| name.into()).collect();
    for name in removed {
        if name == ERROR {
            scope.error = None;
        }
        scope.set(name, String::new());
    }
}
