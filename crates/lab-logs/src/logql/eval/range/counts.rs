//! Counting the lines of a chunk without reading them.
//!
//! A count, or a number of bytes, asks a line for its time, its length and the labels that tell series apart. If no stage
//! but a parser looks at the line itself, all of that stands in the front of the chunk, where the fields are that the parser
//! finds; and if the whole chunk lies in the same windows and its stream's labels say which series it belongs to, in the
//! catalogue of chunks. Whatever does not fit is read.

use std::collections::HashMap;

use lab_model::Labels;

use crate::logql::error::QueryError;
use crate::logql::eval::cost::Cost;
use crate::logql::eval::range::found::Found;
use crate::logql::eval::range::windows::Windows;
use crate::logql::eval::scan::pipeline::Pipeline;
use crate::logql::functions::range::totals::Totals;
use crate::logql::functions::range::{Answer, LineValue};
use crate::logql::parser::{Known, Parser};
use crate::logql::plan::metric::RangePlan;
use crate::logql::plan::stage::Stage;
use crate::logql::scope::{Scope, extracted};
use crate::store::LogStore;
use crate::store::rows::layout::column::Column;
use crate::store::rows::layout::entry::{Damaged, EntryRef};
use crate::store::rows::layout::front::Front;
use crate::store::select::Part;

/// A count of lines that need not be read.
pub(crate) struct Counting<'p> {
    plan: &'p RangePlan,
    windows: Windows,
    pipeline: &'p Pipeline<'p>,
    /// The labels that conditions look at.
    conditions: Vec<&'p str>,
    /// The parser that looks for labels in the lines.
    parser: Option<Parser>,
}

/// The columns of a chunk that a count looks at.
struct Asked<'f> {
    metadata: Vec<&'f Column<'f>>,
    fields: Vec<&'f Column<'f>>,
}

/// The most columns that a count looks at: the more there are, the fewer lines are alike.
const MOST_COLUMNS: usize = 8;

/// How many lines there are in which windows, which are named by their steps.
type Counted = Vec<((usize, usize), Totals)>;

/// The lines of a chunk that belong to one series.
struct Share {
    labels: Vec<(String, String)>,
    counted: Counted,
}

impl<'p> Counting<'p> {
    /// Counts what a function asks for; none if it needs more of the lines.
    pub(crate) fn of(plan: &'p RangePlan, windows: Windows, pipeline: &'p Pipeline<'p>) -> Option<Self> {
        if plan.unwrap.is_some() || !matches!(plan.function.answer, Answer::Value | Answer::Absent) {
            return None;
        }
        let (mut conditions, mut parser) = (Vec::new(), None);
        for stage in &plan.lines.stages {
            match stage {
                Stage::Label(condition) => condition.for_each_name(&mut |name| conditions.push(name)),
                // A parser does nothing where no label is asked for.
                _ if stage.parser().is_some() && plan.lines.hints.asks_for_none => {}
                _ if stage.parser().is_some() && parser.is_none() => parser = stage.parser(),
                _ => return None,
            }
        }
        Some(Self { plan, windows, pipeline, conditions, parser })
    }

    /// Counts the lines of a part; false if they have to be read.
    pub(crate) fn part(
        &self,
        store: &LogStore,
        (part, stream): (&Part, &Labels),
        (found, cost): (&mut Found<'_>, &Cost),
    ) -> Result<bool, QueryError> {
        if !store.is_sound_chunk(part) {
            return Ok(false);
        }
        let known_by_stream = self.is_known_by(stream);
        if known_by_stream
            && self.plan.function.line_value == LineValue::One
            && let Some(steps) = self.steps_of_all(part)
        {
            let totals = Totals::repeated(1.0, part.entries, (part.first, part.last));
            found.add(&mut self.kept(stream), steps, &totals)?;
            cost.count(part, part.entries, false);
            return Ok(true);
        }
        let Some(front) = store.front(part)? else { return Ok(false) };
        let Some(shares) = front.read().ok().and_then(|front| self.count(&front, stream, known_by_stream)) else {
            return Ok(false);
        };
        let mut passed = 0.0;
        for Share { labels, counted } in shares {
            let mut labels: Vec<(&str, &str)> = labels.iter().map(|(name, value)| (&**name, &**value)).collect();
            for (steps, totals) in counted {
                passed += totals.count;
                found.add(&mut labels, steps, &totals)?;
            }
        }
        cost.count(part, passed as u64, true);
        Ok(true)
    }

    /// Counts by what the front of a chunk says, by series; none if that is not enough, or the front is damaged.
    fn count(&self, front: &Front<'_>, stream: &Labels, known_by_stream: bool) -> Option<Vec<Share>> {
        let asked = if known_by_stream {
            Asked { metadata: Vec::new(), fields: Vec::new() }
        } else {
            self.asked(front, stream)?
        };
        let counted = self.count_by_place(front, &asked.all()).ok()?;
        let mut shares = Vec::new();
        for (places, counted) in counted {
            let (of_metadata, of_fields) = places.split_at(asked.metadata.len());
            let (metadata, fields) = (values(&asked.metadata, of_metadata), values(&asked.fields, of_fields));
            let mut scope = Scope::new(stream, EntryRef { timestamp: 0, line: "", metadata: &metadata });
            scope.known = self.parser.map(|parser| Known { parser, fields: &fields });
            if !self.pipeline.process(&mut scope) {
                continue;
            }
            if scope.has_error() {
                return None;
            }
            let kept = scope.labels().filter(|(name, value)| self.plan.keeps(name, value));
            let labels = kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            shares.push(Share { labels, counted });
        }
        Some(shares)
    }

    /// Counts the lines by the places of their values in the columns.
    fn count_by_place(&self, front: &Front<'_>, columns: &[&Column<'_>]) -> Result<HashMap<Vec<u8>, Counted>, Damaged> {
        let mut all: HashMap<Vec<u8>, Counted> = HashMap::new();
        let mut places = vec![0; columns.len()];
        for (line, time) in front.times().ok_or(Damaged)?.enumerate() {
            let (time, bytes) = time?;
            let Some(steps) = self.windows.steps_of(time) else { continue };
            for (place, column) in places.iter_mut().zip(columns) {
                *place = column.place(line);
            }
            let value = match self.plan.function.line_value {
                LineValue::One => 1.0,
                LineValue::Bytes => bytes as f64,
            };
            if !all.contains_key(&places) {
                all.insert(places.clone(), Vec::new());
            }
            let Some(counted) = all.get_mut(&places) else { continue };
            match counted.last_mut() {
                Some((same, totals)) if *same == steps => totals.add(time, value),
                _ => counted.push((steps, Totals::of(time, value))),
            }
        }
        Ok(all)
    }

    /// The columns that conditions or series ask for; none if they ask for what stands in no column, or for too many.
    fn asked<'f>(&self, front: &'f Front<'f>, stream: &Labels) -> Option<Asked<'f>> {
        let called = |name: &str| if stream.get(name).is_some() { extracted(name) } else { name.to_owned() };
        let matters = |name: &str| self.plan.keeps_name(name) || self.conditions.contains(&name);
        let others = front.others.as_ref()?;
        if others.iter().any(|name| matters(&called(name))) {
            return None;
        }
        let metadata: Vec<_> = front.columns.iter().filter(|column| matters(&called(column.name))).collect();
        let mut fields = Vec::new();
        if let Some(parser) = self.parser {
            let found = front.fields.as_ref().filter(|fields| fields.parser == parser)?;
            // What a field is called in a line whose metadata have the name already differs from line to line.
            let is_taken =
                |name: &str| front.columns.iter().any(|column| column.name == name) || others.contains(&name);
            let may_matter = |name: &str| matters(name) || matters(&extracted(name));
            let is_unsure = |name: &str| is_taken(name) && may_matter(name);
            if found.others.iter().any(|name| may_matter(name)) {
                return None;
            }
            fields = found.columns.iter().filter(|column| may_matter(column.name)).collect();
            if fields.iter().any(|column| is_unsure(column.name)) {
                return None;
            }
        }
        (metadata.len() + fields.len() <= MOST_COLUMNS).then_some(Asked { metadata, fields })
    }

    /// True if the labels of the stream say which series all of its lines belong to.
    fn is_known_by(&self, stream: &Labels) -> bool {
        let by_labels_of = |stream: &Labels| {
            let by = self.plan.grouping.as_ref().filter(|grouping| !grouping.without);
            by.is_some_and(|by| by.labels.iter().all(|name| stream.get(name).is_some()))
        };
        // Whether a parser can read the lines is not known by the stream.
        let is_alone = self.conditions.is_empty() && self.parser.is_none();
        is_alone && (self.plan.function.answer == Answer::Absent || by_labels_of(stream))
    }

    /// The labels of a stream that tell series apart.
    fn kept<'s>(&self, stream: &'s Labels) -> Vec<(&'s str, &'s str)> {
        let pairs = stream.iter().map(|label| (&*label.name, &*label.value));
        pairs.filter(|(name, value)| self.plan.keeps(name, value)).collect()
    }

    /// The steps whose windows hold all lines of a part, if these are the same for each line.
    fn steps_of_all(&self, part: &Part) -> Option<(usize, usize)> {
        let steps = self.windows.steps_of(part.first)?;
        (self.windows.steps_of(part.last) == Some(steps)).then_some(steps)
    }
}

impl<'f> Asked<'f> {
    fn all(&self) -> Vec<&'f Column<'f>> {
        self.metadata.iter().chain(&self.fields).copied().collect()
    }
}

/// The names of columns with their values at these places.
fn values<'f>(columns: &[&'f Column<'f>], places: &[u8]) -> Vec<(&'f str, &'f str)> {
    columns.iter().zip(places).filter_map(|(column, place)| Some((column.name, column.value(*place)?))).collect()
}
