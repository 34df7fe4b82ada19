//! What a function over time needs of the rows of a part.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::id::TraceId;
use crate::query::columns::values::Column;
use crate::query::columns::view::View;
use crate::query::metrics::observed::observed;
use crate::store::select::sources::PartError;
use crate::traceql::attribute::Attribute;
use crate::traceql::functions::accumulator::Observed;
use crate::traceql::plan::Plan;
use crate::traceql::syntax::ast::OverTime;
use crate::traceql::value::Value;

/// The rows of a part, as a call of a function over time needs them.
pub(crate) struct Rows {
    /// When each span began.
    pub(crate) starts: Vec<i64>,
    /// The values that the function takes; `None` if it counts spans.
    pub(crate) values: Option<Values>,
    /// For each attribute in `by()` a code for each row, and the values by code.
    by: Vec<(Vec<u32>, Vec<Value<'static>>)>,
    /// For each row the number of its combination of these values; empty without `by()`.
    combined: Vec<u32>,
    combinations: usize,
    /// The fragment of each row, once it was asked for.
    fragments: OnceCell<Vec<u32>>,
}

/// The values that a function takes.
pub(crate) enum Values {
    Coded { codes: Vec<u32>, values: Vec<Option<Observed>> },
    Numbers { column: Rc<Column>, attribute: Attribute },
}

impl Values {
    /// The value of a row; `None` if it has no number.
    pub(crate) fn of(&self, plan: &Plan, row: usize) -> Option<Observed> {
        match self {
            Self::Coded { codes, values } => values[codes[row] as usize],
            Self::Numbers { column, attribute } => observed(plan, attribute, column.value(row)),
        }
    }

    fn load(plan: &Plan, view: &View<'_>, attribute: &Attribute) -> Result<Option<Self>, PartError> {
        let Some(column) = view.column(attribute)? else { return Ok(None) };
        Ok(Some(match &*column {
            Column::Coded { codes, values } => {
                let values = values.iter().map(|value| observed(plan, attribute, value.borrowed())).collect();
                Self::Coded { codes: codes.clone(), values }
            }
            _ => Self::Numbers { column, attribute: attribute.clone() },
        }))
    }
}

impl Rows {
    /// What a call needs; `None` if the columns do not have it.
    pub(crate) fn of(call: &OverTime, plan: &Plan, view: &View<'_>) -> Result<Option<Self>, PartError> {
        let mut by = Vec::new();
        for attribute in &call.by {
            let Some(column) = view.column(attribute)? else { return Ok(None) };
            by.push(column.coded());
        }
        let values = match &call.attribute {
            None => None,
            Some(attribute) => match Values::load(plan, view, attribute)? {
                None => return Ok(None),
                values => values,
            },
        };
        let starts = view.part.rows()?.starts().ok_or(PartError::Unreadable)?;
        let (combined, combinations) = combine(&by);
        Ok(Some(Self { starts, values, by, combined, combinations, fragments: OnceCell::new() }))
    }

    /// How many combinations of values in `by()` there may be.
    pub(crate) fn combinations(&self) -> usize {
        self.combinations
    }

    /// The number of the combination of values that a row has in `by()`.
    pub(crate) fn combination(&self, row: usize) -> usize {
        self.combined.get(row).map_or(0, |number| *number as usize)
    }

    /// The trace of a row; `None` if it is gone.
    pub(crate) fn trace_of(&self, view: &View<'_>, row: usize) -> Result<Option<TraceId>, PartError> {
        if self.fragments.get().is_none() {
            let fragments = view.part.rows()?.fragments().ok_or(PartError::Unreadable)?;
            // Nobody else sets them meanwhile.
            let _ = self.fragments.set(fragments);
        }
        let fragment = self.fragments.get().and_then(|fragments| fragments.get(row));
        fragment.map_or(Ok(None), |fragment| Ok(view.part.trace_of(*fragment)?))
    }

    /// The value that a row has for an attribute in `by()`.
    pub(crate) fn label(&self, call: &OverTime, by: &Attribute, row: usize) -> Value<'_> {
        let at = call.by.iter().position(|known| known.content == *by);
        at.map_or(Value::Nil, |at| self.by[at].1[self.by[at].0[row] as usize].borrowed())
    }
}

/// For each row the number of its combination of codes, and how many combinations there are.
fn combine(columns: &[(Vec<u32>, Vec<Value<'static>>)]) -> (Vec<u32>, usize) {
    let Some(((first, values), others)) = columns.split_first() else { return (Vec::new(), 1) };
    let (mut combined, mut count) = (first.clone(), values.len());
    for (codes, _) in others {
        let mut known: HashMap<(u32, u32), u32> = HashMap::new();
        for (number, code) in combined.iter_mut().zip(codes) {
            let next = known.len() as u32;
            *number = *known.entry((*number, *code)).or_insert(next);
        }
        count = known.len();
    }
    (combined, count)
}
