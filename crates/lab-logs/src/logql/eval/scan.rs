//! Reading the lines of a selection, within bounds: what log and metric queries have in common.

use std::ops::ControlFlow;

use lab_model::Interrupt;

use crate::logql::error::QueryError;
use crate::logql::eval::cost::{Amount, Cost};
use crate::logql::eval::scan::fields::FieldConditions;
use crate::logql::eval::scan::pipeline::Pipeline;
use crate::logql::limits::QueryLimits;
use crate::logql::plan::log::LogPlan;
use crate::logql::scope::Scope;
use crate::store::LogStore;
use crate::store::rows::layout::trace_filter::TRACE_ID;
use crate::store::select::{Part, Selection, Wanted};

pub(crate) mod fields;
pub(crate) mod near_miss;
pub(crate) mod pipeline;

/// A scan in progress.
pub(crate) struct Scan<'a> {
    store: &'a LogStore,
    pub(crate) selection: &'a Selection,
    pub(crate) pipeline: &'a Pipeline<'a>,
    wanted: Wanted<'a>,
    fields: Option<FieldConditions<'a>>,
    limits: &'a QueryLimits,
    interrupt: &'a Interrupt,
    cost: &'a Cost,
    bytes: u64,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(
        store: &'a LogStore,
        selection: &'a Selection,
        plan: &'a LogPlan,
        pipeline: &'a Pipeline<'a>,
        limits: &'a QueryLimits,
        (interrupt, cost): (&'a Interrupt, &'a Cost),
    ) -> Self {
        cost.select(selection);
        let wanted = Wanted { trace_id: plan.trace.as_deref(), texts: &plan.texts };
        let fields = FieldConditions::of(&plan.stages, pipeline);
        Self { store, selection, pipeline, wanted, fields, limits, interrupt, cost, bytes: 0 }
    }

    /// Sends the lines of a part through the pipeline and calls `found` for each line that comes out. Only lines from
    /// `start` to `end` (ns, both included) whose time `wanted` accepts are sent.
    pub(crate) fn part(
        &mut self,
        part: &Part,
        (start, end): (i64, i64),
        wanted: impl Fn(i64) -> bool,
        mut found: impl FnMut(&mut Scope<'_>) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        if self.interrupt.is_set() {
            return Err(QueryError::Interrupted);
        }
        let stream = &self.selection.streams[part.stream];
        if let Some(fields) = &self.fields
            && self.store.is_sound_chunk(part)
            && let Some(front) = self.store.front(part)?
            && front.read().is_ok_and(|front| !fields.may_be_met(&front, stream))
        {
            return Ok(());
        }
        // A stream label of that name would meet the condition without any structured metadata.
        let trace_id = self.wanted.trace_id.filter(|_| stream.get(TRACE_ID).is_none());
        let Some(loaded) = self.store.load(part, Wanted { trace_id, ..self.wanted })? else { return Ok(()) };
        self.bytes += part.bytes;
        if self.bytes > self.limits.bytes {
            return Err(QueryError::too_many_bytes(self.limits.bytes));
        }
        let (mut outcome, mut looked_at, mut passed) = (Ok(()), Amount::default(), 0);
        let visited = loaded.visit(|entry| {
            if self.interrupt.is_set() {
                outcome = Err(QueryError::Interrupted);
                return ControlFlow::Break(());
            }
            looked_at.add_line(entry.line, entry.metadata);
            if entry.timestamp < start || !wanted(entry.timestamp) {
                return ControlFlow::Continue(());
            }
            if entry.timestamp > end {
                return ControlFlow::Break(());
            }
            let mut scope = Scope::new(stream, entry);
            scope.now = end;
            if self.pipeline.process(&mut scope) {
                passed += 1;
                outcome = found(&mut scope);
            }
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        self.cost.read(part, loaded.packed_bytes(), looked_at, passed);
        if visited.is_err() {
            self.store.note_damage(part);
        }
        outcome
    }
}
