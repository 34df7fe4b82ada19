//! The stages of a query: each line goes through them until one refuses it.

use crate::logql::eval::scan::near_miss::NearMiss;
use crate::logql::plan::condition::Condition;
use crate::logql::plan::hints::Hints;
use crate::logql::plan::log::LogPlan;
use crate::logql::plan::stage::Stage;
use crate::logql::scope::Scope;

/// Compiled stages, and the label filters among them that may miss values only because they are anchored.
#[derive(Debug)]
pub(crate) struct Pipeline<'a> {
    stages: &'a [Stage],
    hints: &'a Hints,
    near_misses: Vec<NearMiss>,
}

impl<'a> Pipeline<'a> {
    /// The pipeline of a query.
    pub(crate) fn new(plan: &'a LogPlan) -> Self {
        let LogPlan { stages, hints, .. } = plan;
        let near_misses = stages.iter().filter_map(|stage| match stage {
            Stage::Label(Condition::Match(matcher)) => NearMiss::of(matcher),
            _ => None,
        });
        Self { near_misses: near_misses.collect(), stages, hints }
    }

    /// Sends a line through; false if a stage refuses it.
    pub(crate) fn process(&self, scope: &mut Scope<'_>) -> bool {
        self.stages.iter().all(|stage| self.pass(stage, scope))
    }

    /// Sends a line through one of the stages; false if it refuses the line.
    pub(crate) fn pass(&self, stage: &Stage, scope: &mut Scope<'_>) -> bool {
        let passed = stage.process(scope, self.hints);
        if !passed {
            self.look_at(stage, scope);
        }
        passed
    }

    /// Looks at what a stage has refused: a label filter itself, or a parser because of a filter that comes later.
    fn look_at(&self, refusing: &Stage, scope: &Scope<'_>) {
        let by_parser = !matches!(refusing, Stage::Label(_));
        let filters = if by_parser { self.stages } else { std::slice::from_ref(refusing) };
        for filter in filters {
            if let Stage::Label(Condition::Match(matcher)) = filter
                && let Some(near) = self.near_misses.iter().find(|near| near.is_of(matcher))
                && !matcher.matches(scope.get(&matcher.name))
            {
                near.look_at(scope.get(&matcher.name));
            }
        }
    }

    /// Warnings about label filters that let nothing through.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.near_misses.iter().filter_map(NearMiss::warning).collect()
    }
}
