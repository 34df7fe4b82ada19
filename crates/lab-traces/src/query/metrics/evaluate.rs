//! The value of an expression of series.

use lab_algebra::Allowance;
use lab_model::Interrupt;

use crate::query::columns::local::{SpanTest, is_of_one_span};
use crate::query::columns::mask::Picked;
use crate::query::columns::view::View;
use crate::query::columns::visit::{Question, Unanswered, visit};
use crate::query::metrics::arithmetic;
use crate::query::metrics::comparison::Counts;
use crate::query::metrics::groups::Groups;
use crate::query::metrics::series::{self, Series};
use crate::query::metrics::steps::Steps;
use crate::query::traces::walk;
use crate::query::walk::{Inspected, Missing, Selection, WalkError};
use crate::span::Trace;
use crate::store::TraceStore;
use crate::traceql::plan::Plan;
use crate::traceql::syntax::ast::{FieldExpr, Literal, Metrics, OverTime, Pipeline, SeriesExpr, SpansetExpr, Stage};

/// Series that one function over time makes at most.
const MAX_SERIES: usize = 1_000;

/// What the parts of an expression have in common while it is evaluated.
pub(crate) struct Evaluation<'a> {
    pub(crate) store: &'a TraceStore,
    pub(crate) steps: Steps,
    pub(crate) enough: &'a Interrupt,
    pub(crate) allowance: &'a Allowance<'a>,
    /// Exemplars that each function over time may collect.
    pub(crate) exemplars: usize,
    /// What the parts so far have cost.
    pub(crate) inspected: Inspected,
}

/// How many functions over time an expression has.
pub(crate) fn leaves(expr: &SeriesExpr) -> usize {
    match expr {
        SeriesExpr::Spans { .. } => 1,
        SeriesExpr::Then { series, .. } | SeriesExpr::Scaled { series, .. } => leaves(series),
        SeriesExpr::Binary { left, right, .. } => leaves(left) + leaves(right),
    }
}

impl Evaluation<'_> {
    /// The series that an expression yields.
    pub(crate) fn series(&mut self, expr: &SeriesExpr) -> Result<Vec<Series>, WalkError> {
        match expr {
            SeriesExpr::Spans { pipeline, metrics } => self.spans(pipeline, metrics),
            SeriesExpr::Then { series: of, stage } => {
                let mut series = self.series(of)?;
                series::apply(stage, &mut series);
                Ok(series)
            }
            SeriesExpr::Scaled { op, number, number_first, series: of } => {
                let mut series = self.series(of)?;
                if let Some(number) = number.sample() {
                    arithmetic::scale(*op, number, *number_first, &mut series);
                }
                Ok(series)
            }
            SeriesExpr::Binary { op, left, right } => {
                let (left, right) = (self.series(left)?, self.series(right)?);
                Ok(arithmetic::combine(*op, left, right))
            }
        }
    }

    fn spans(&mut self, pipeline: &Pipeline, metrics: &Metrics) -> Result<Vec<Series>, WalkError> {
        if selects_nothing(pipeline) {
            return Ok(Vec::new());
        }
        let (start_ns, end_ns) = self.steps.spans();
        let plan = Plan::new(pipeline.clone());
        let selection = Selection { plan, start_ns, end_ns, enough: self.enough.clone() };
        let (allowance, steps, plan) = (self.allowance, self.steps, &selection.plan);
        match metrics {
            Metrics::OverTime(call) => {
                let mut groups = Groups::new(call, steps, self.exemplars, MAX_SERIES);
                let inspected = self.over_time(&selection, call, &mut groups)?;
                self.add(inspected);
                if groups.are_too_many() {
                    self.inspected.missing.insert(Missing::Series(MAX_SERIES));
                }
                Ok(groups.finish(allowance)?)
            }
            Metrics::Compare(call) => {
                let mut counts = Counts::new(call, steps, self.exemplars);
                let inspected = walk(self.store, &selection, allowance, |trace, _| {
                    counts.add(allowance, plan, trace)?;
                    Ok(true)
                })?;
                self.add(inspected);
                Ok(counts.finish(allowance)?)
            }
        }
    }

    /// Takes all selected spans in: from columns, if it is about each span by itself.
    fn over_time(
        &self,
        selection: &Selection,
        call: &OverTime,
        groups: &mut Groups<'_>,
    ) -> Result<Inspected, WalkError> {
        let (plan, allowance) = (&selection.plan, self.allowance);
        let is_local = call.by.iter().chain(&call.attribute).all(|attribute| is_of_one_span(attribute));
        if let Some(test) = SpanTest::of(plan, &plan.pipeline).filter(|_| is_local)
            && let Some(sources) = self.store.sources((selection.start_ns, selection.end_ns))?
        {
            let mut question = SpansOverTime { plan, allowance, groups };
            return visit(&sources, (selection, &test), allowance, &mut question);
        }
        walk(self.store, selection, allowance, |trace, _| {
            groups.add(allowance, plan, trace)?;
            Ok(true)
        })
    }

    fn add(&mut self, inspected: Inspected) {
        self.inspected.traces += inspected.traces;
        self.inspected.bytes += inspected.bytes;
        self.inspected.missing.extend(inspected.missing);
    }
}

/// True if a pipeline is a filter that no span can fulfil, as `{ false }`. Like Tempo, the lab answers without series then, where
/// a filter that nothing fulfils by chance gives zeros.
fn selects_nothing(pipeline: &Pipeline) -> bool {
    let [stage] = pipeline.stages.as_slice() else { return false };
    let Stage::Spanset(spanset) = &stage.content else { return false };
    let SpansetExpr::Filter(Some(condition)) = &spanset.content else { return false };
    condition.content == FieldExpr::Literal(Literal::Bool(false))
}

/// A function over time, asked of each span by itself.
struct SpansOverTime<'a, 'g> {
    plan: &'a Plan,
    allowance: &'a Allowance<'a>,
    groups: &'a mut Groups<'g>,
}

impl Question for SpansOverTime<'_, '_> {
    fn rows(&mut self, view: &View<'_>, picked: &Picked) -> Result<bool, Unanswered> {
        self.groups.add_rows(self.allowance, self.plan, view, picked)
    }

    fn spans(&mut self, trace: &Trace) -> Result<bool, WalkError> {
        self.groups.add(self.allowance, self.plan, trace)?;
        Ok(true)
    }
}
