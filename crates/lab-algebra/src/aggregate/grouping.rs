//! Which labels the result of an aggregation keeps.

use lab_model::Labels;
use lab_model::labels::METRIC_NAME;

/// `by (…)` or `without (…)`; `by ()` if neither is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grouping {
    /// `without`, else `by`.
    pub without: bool,
    /// The labels that are named.
    pub labels: Vec<String>,
}

impl Grouping {
    /// True if the result keeps the label. `without` takes the metric's name away, too.
    pub fn keeps(&self, name: &str) -> bool {
        let named = self.labels.iter().any(|label| label == name);
        if self.without { !named && name != METRIC_NAME } else { named }
    }

    /// The labels that are kept.
    #[must_use]
    pub fn apply(&self, labels: &Labels) -> Labels {
        if !self.without && self.labels.is_empty() {
            return Labels::empty();
        }
        labels.filtered(|name| self.keeps(name))
    }
}
