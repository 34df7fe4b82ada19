//! Whether a chunk can be left out because of what a parser is known to find in its lines.

use std::collections::HashSet;

use lab_model::Labels;

use crate::logql::eval::scan::pipeline::Pipeline;
use crate::logql::parser::{Known, Parser};
use crate::logql::plan::condition::Condition;
use crate::logql::plan::stage::Stage;
use crate::logql::scope::{ERROR, ERROR_DETAILS, EXTRACTED, Scope, extracted};
use crate::store::rows::layout::column::Column;
use crate::store::rows::layout::entry::EntryRef;
use crate::store::rows::layout::front::Front;

/// The most columns that a condition is asked about.
const MOST_COLUMNS: usize = 4;

/// The conditions that every line of a query has to meet on what a parser finds.
#[derive(Debug)]
pub(crate) struct FieldConditions<'p> {
    pipeline: &'p Pipeline<'p>,
    parser: Parser,
    parsing: &'p Stage,
    conditions: Vec<(&'p Stage, Vec<&'p str>)>,
}

impl<'p> FieldConditions<'p> {
    /// The conditions behind a parser, up to the first stage that changes lines or labels; none if there is no such thing.
    pub(crate) fn of(stages: &'p [Stage], pipeline: &'p Pipeline<'p>) -> Option<Self> {
        let (mut found, mut conditions) = (None, Vec::new());
        for stage in stages {
            match (stage, found) {
                (Stage::Line { .. }, _) | (Stage::Label(_), None) => {}
                // An earlier condition may have noted an error, which is not known here.
                (Stage::Label(condition), Some(_)) if condition.lets_errors_pass() => {}
                (Stage::Label(condition), Some(_)) => conditions.push((stage, names(condition))),
                (_, None) => found = Some((stage.parser()?, stage)),
                (_, Some(_)) => break,
            }
        }
        let (parser, parsing) = found?;
        (!conditions.is_empty()).then_some(Self { pipeline, parser, parsing, conditions })
    }

    /// False if surely no line of a chunk with this front meets them all.
    pub(crate) fn may_be_met(&self, front: &Front<'_>, stream: &Labels) -> bool {
        self.conditions.iter().all(|(condition, names)| {
            let Some(columns) = self.columns(front, names) else { return true };
            let lines = front.times().map_or(0, Iterator::count);
            let places: HashSet<Vec<u8>> =
                (0..lines).map(|line| columns.iter().map(|column| column.place(line)).collect()).collect();
            places.iter().any(|places| self.is_met(condition, (&columns, places), stream))
        })
    }

    /// Whether a line that has these values of the columns passes the parser and the condition.
    fn is_met(&self, condition: &Stage, (columns, places): (&[&Column<'_>], &[u8]), stream: &Labels) -> bool {
        let values =
            columns.iter().zip(places).filter_map(|(column, place)| Some((column.name, column.value(*place)?)));
        let fields: Vec<(&str, &str)> = values.collect();
        let mut scope = Scope::new(stream, EntryRef { timestamp: 0, line: "", metadata: &[] });
        scope.known = Some(Known { parser: self.parser, fields: &fields });
        [self.parsing, condition].into_iter().all(|stage| self.pipeline.pass(stage, &mut scope))
    }

    /// The columns that tell what the labels of these names are in any line; none if the front does not know it.
    fn columns<'f>(&self, front: &'f Front<'f>, names: &[&str]) -> Option<Vec<&'f Column<'f>>> {
        let fields = front.fields.as_ref().filter(|fields| fields.parser == self.parser)?;
        let metadata = || front.columns.iter().map(|column| column.name).chain(front.others.iter().flatten().copied());
        let asks = |name: &str| names.contains(&name) || names.contains(&&*extracted(name));
        let is_unsure = |name: &str| name == ERROR || name == ERROR_DETAILS;
        if names.iter().any(|name| is_unsure(name))
            || metadata().any(asks)
            || fields.others.iter().any(|name| asks(name))
        {
            return None;
        }
        // Metadata may be called as a label that is asked for because the stream has a label of their name.
        if metadata().any(|name| names.iter().any(|asked| asked.strip_suffix(EXTRACTED) == Some(name))) {
            return None;
        }
        let columns: Vec<_> = fields.columns.iter().filter(|column| asks(column.name)).collect();
        (columns.len() <= MOST_COLUMNS).then_some(columns)
    }
}

fn names(condition: &Condition) -> Vec<&str> {
    let mut names = Vec::new();
    condition.for_each_name(&mut |name| names.push(name));
    names
}
