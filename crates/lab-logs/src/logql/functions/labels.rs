//! Stages that set, rename or remove labels: `label_format`, `drop`, `keep`.

use crate::logql::functions::template::format::{Earlier, Format, TEMPLATE_ERROR};
use crate::logql::scope::{ERROR, ERROR_DETAILS, Scope};

/// Where the value of a `label_format` assignment comes from.
#[derive(Debug)]
pub(crate) enum Source {
    Rename(String),
    Template(Format),
}

impl Source {
    /// The names of the labels that it reads.
    pub(crate) fn fields(&self) -> Vec<&str> {
        match self {
            Self::Rename(from) => vec![from],
            Self::Template(format) => format.fields(),
        }
    }
}

/// Renames labels and sets others by templates. The templates see the labels as they were before the first of them; one
/// that fails leaves its label as it is.
pub(crate) fn format(scope: &mut Scope<'_>, formats: &[(String, Source)]) {
    let mut earlier = None;
    for (name, source) in formats {
        match source {
            Source::Rename(from) => rename(scope, from, name),
            Source::Template(format) => {
                let labels = earlier.get_or_insert_with(|| Earlier::of(scope));
                match format.execute(scope, labels) {
                    Ok(value) => scope.set(name.clone(), value),
                    Err(details) => scope.fail_anyway(TEMPLATE_ERROR, details),
                }
            }
        }
    }
}

/// Gives a label another name; a label that is absent leaves both as they are. What is wrong with a line stays.
fn rename(scope: &mut Scope<'_>, from: &str, to: &str) {
    if let Some(value) = scope.find_label(from).map(str::to_owned) {
        scope.set(to.to_owned(), value);
        scope.remove(from.to_owned());
    }
}

/// Keeps the labels that `stays` picks by name and value, and what is wrong with the line.
pub(crate) fn keep(scope: &mut Scope<'_>, stays: impl Fn(&str, &str) -> bool) {
    remove_labels(scope, |name, value| !matches!(name, ERROR | ERROR_DETAILS) && !stays(name, value));
}

/// Removes the labels that `goes` picks by name and value. The error of a line goes without its details, and they without it;
/// a label that has their name stays.
pub(crate) fn remove(scope: &mut Scope<'_>, goes: impl Fn(&str, &str) -> bool) {
    if let Some(error) = &mut scope.error {
        if goes(ERROR, error.kind) {
            error.kind = "";
        }
        if goes(ERROR_DETAILS, &error.details) {
            error.details.clear();
        }
    }
    remove_labels(scope, |name, value| !matches!(name, ERROR | ERROR_DETAILS) && goes(name, value));
}

fn remove_labels(scope: &mut Scope<'_>, goes: impl Fn(&str, &str) -> bool) {
    let removed: Vec<String> =
        scope.labels().filter(|(name, value)| goes(name, value)).map(|(name, _)| name.into()).collect();
    for name in removed {
        scope.remove(name);
    }
}
