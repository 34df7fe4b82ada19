//! The evaluator itself as what scripts are run against, over series in memory.

use lab_metrics::promql::engine::evaluate;
use lab_metrics::promql::params::EvalParams;
use lab_metrics::promql::value::Evaluation;
use lab_model::{Grant, Labels};

use crate::check::Subject;
use crate::notation::Item;
use crate::script::When;
use crate::source::MemorySource;

/// How queries are evaluated.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub(crate) delayed_name_removal: bool,
    pub(crate) hints: bool,
}

/// The evaluator over an own source.
pub(crate) struct InProcess {
    source: MemorySource,
    options: Options,
}

impl InProcess {
    pub(crate) fn new(options: Options) -> Self {
        Self { source: MemorySource::default(), options }
    }
}

impl Subject for InProcess {
    fn clear(&mut self) {
        self.source = MemorySource::default();
    }

    fn load(&mut self, series: &[(Labels, Vec<Item>)], interval: i64) {
        for (labels, items) in series {
            self.source.load(labels, items, interval);
        }
    }

    fn evaluate(&self, query: &str, when: When) -> Result<Evaluation, String> {
        let Options { delayed_name_removal, hints } = self.options;
        let params = match when {
            When::Instant(at) => EvalParams::instant(at),
            When::Range { start, end, step } => EvalParams::range(start, end, step),
        };
        let params = EvalParams { delayed_name_removal, hints, ..params };
        evaluate(&self.source, query, &params, &Grant::default()).map_err(|error| error.to_string())
    }
}
