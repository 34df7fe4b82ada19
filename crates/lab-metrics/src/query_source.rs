//! The store as PromQL sees it.

use std::sync::Arc;

use lab_model::Interrupt;

use crate::model::metadata::MetricKind;
use crate::promql::error::PromqlError;
use crate::promql::source::{Selection, SeriesSource, Visit};
use crate::store::MetricStore;
use crate::store::error::StoreError;

impl SeriesSource for MetricStore {
    fn select(&self, selection: &Selection, interrupt: &Interrupt, visit: &mut Visit<'_>) -> Result<(), PromqlError> {
        Self::select(self, &selection.matchers, (selection.start, selection.end), interrupt, visit)
    }

    fn label_names(&self, selection: &Selection) -> Vec<Arc<str>> {
        let sets = [selection.matchers.clone()];
        Self::label_names(self, &sets, selection.start, selection.end).into_iter().collect()
    }

    fn label_values(&self, name: &str, selection: &Selection) -> Vec<Arc<str>> {
        let sets = [selection.matchers.clone()];
        Self::label_values(self, name, &sets, selection.start, selection.end).into_iter().collect()
    }

    fn is_gauge(&self, metric: &str) -> bool {
        self.metadata(Some(metric)).values().any(|known| known.kind == MetricKind::Gauge)
    }
}

impl From<StoreError> for PromqlError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Interrupted => Self::Interrupted,
            error @ (StoreError::Storage(_) | StoreError::InMemory) => Self::Storage(error.to_string()),
        }
    }
}
