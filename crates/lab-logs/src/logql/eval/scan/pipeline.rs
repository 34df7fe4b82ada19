//! The stages of a query: each line goes through them until one refuses it.

use crate::logql::eval::scan::near_miss::NearMiss;
use crate::logql::plan::condition::Condition;
use crate::logql::plan::stage::Stage;
use crate::logql::scope::Scope;

/// Compiled stages, and the label filters among them that may miss values only because they are anchored.
#[derive(Debug)]
pub(crate) struct Pipeline<'a> {
    stages: &'a [Stage],
    near_misses: Vec<NearMiss>,
}

impl<'a> Pipeline<'a> {
    /// A pipeline of these stages.
    pub(crate) fn new(stages: &'a [Stage]) -> Self {
        let near_misses = stages.iter().filter_map(|stage| match stage {
            Stage::Label(Condition::Match(matcher)) => NearMiss::of(matcher),
            _ => None,
        });
        Self { near_misses: near_misses.collect(), stages }
    }

    /// Sends a line through; false if a stage refuses it.
    pub(crate) fn process(&self, scope: &mut Scope<'_>) -> bool {
        self.stages.iter().all(|stage| {
            let passed = stage.process(scope);
            if let (false, Stage::Label(Condition::Match(matcher))) = (passed, stage)
                && let Some(near) = self.near_misses.iter().find(|near| near.is_of(matcher))
            {
                near.look_at(scope.get(&matcher.name));
            }
            passed
        })
    }

    /// Warnings about label filters that let nothing through.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.near_misses.iter().filter_map(NearMiss::warning).collect()
    }
}
