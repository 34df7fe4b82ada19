//! The seam between the language and a store: who can answer a [`Selection`] can be queried.

use std::sync::Arc;

use lab_model::{Interrupt, Labels, Matcher};

use crate::model::histogram_sample::Samples;
use crate::promql::error::PromqlError;

/// Which series are wanted, and over which time.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Conditions that a series must meet, all of them.
    pub matchers: Vec<Matcher>,
    /// First wanted instant in milliseconds since the epoch, inclusive.
    pub start: i64,
    /// Last wanted instant in milliseconds since the epoch, inclusive.
    pub end: i64,
}

/// What a source calls for each series; an error ends the selection and must be handed on.
pub type Visit<'a> = dyn FnMut(&Labels, Samples<'_>) -> Result<(), PromqlError> + 'a;

/// A store of samples.
pub trait SeriesSource: Sync {
    /// Shows each matching series with a sample in the time range once, in any order of series.
    ///
    /// Samples are those within the range, ascending in time, one per timestamp, staleness markers
    /// included. The slice is only valid during the call, so that a source can reuse one buffer. A source
    /// looks at `interrupt` between series and answers [`PromqlError::Interrupted`] when it is set.
    fn select(&self, selection: &Selection, interrupt: &Interrupt, visit: &mut Visit<'_>) -> Result<(), PromqlError>;

    /// The label names of the selected series, for hints; none if the source cannot tell without reading
    /// samples.
    fn label_names(&self, selection: &Selection) -> Vec<Arc<str>> {
        let _ = selection;
        Vec::new()
    }

    /// The values of one label of the selected series, for hints; none if the source cannot tell without
    /// reading samples.
    fn label_values(&self, name: &str, selection: &Selection) -> Vec<Arc<str>> {
        let _ = (name, selection);
        Vec::new()
    }

    /// Whether the metadata of a metric say that it is a gauge, for hints; false if there are none.
    fn is_gauge(&self, metric: &str) -> bool {
        let _ = metric;
        false
    }
}
