//! The groups of an aggregation: which series belong together.

use std::collections::HashMap;

use lab_model::Labels;

use crate::aggregate::grouping::Grouping;
use crate::allowance::Allowance;
use crate::error::AlgebraError;
use crate::series::column::Series;

/// Groups in order of their first series.
pub(crate) struct Groups {
    /// The labels of each group.
    pub(crate) labels: Vec<Labels>,
    /// Whether any member of the group is to lose its metric name.
    pub(crate) drop_name: Vec<bool>,
    /// The group of each series.
    pub(crate) of: Vec<usize>,
}

impl Groups {
    pub(crate) fn new(allowance: &Allowance<'_>, grouping: &Grouping, series: &[Series]) -> Result<Self, AlgebraError> {
        let mut by_labels: HashMap<Labels, usize> = HashMap::new();
        let mut groups = Self { labels: Vec::new(), drop_name: Vec::new(), of: Vec::with_capacity(series.len()) };
        for one in series {
            let labels = grouping.apply(&one.labels);
            let bytes = labels.own_bytes();
            let at = *by_labels.entry(labels.clone()).or_insert(groups.labels.len());
            if at == groups.labels.len() {
                allowance.take_bytes(bytes)?;
                groups.labels.push(labels);
                groups.drop_name.push(false);
            }
            groups.drop_name[at] |= one.drop_name;
            groups.of.push(at);
        }
        Ok(groups)
    }

    /// How many groups there are.
    pub(crate) fn len(&self) -> usize {
        self.labels.len()
    }
}
