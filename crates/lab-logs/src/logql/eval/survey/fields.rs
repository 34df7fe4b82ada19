//! What could be asked of lines: the fields of their metadata and of their texts, which nobody has named.

use std::collections::{BTreeMap, BTreeSet};

use lab_model::{Grant, Labels};

use crate::logql::error::QueryError;
use crate::logql::eval::lines::{self, LinesRequest};
use crate::logql::functions::{json, logfmt};
use crate::logql::limits::QueryLimits;
use crate::logql::plan::hints::Hints;
use crate::logql::scope::{ERROR, ERROR_DETAILS, Scope};
use crate::logql::syntax::ast::LogQuery;
use crate::logql::syntax::quantities;
use crate::logql::units;
use crate::record::LogLine;
use crate::store::LogStore;
use crate::store::rows::layout::entry::EntryRef;

/// A field of some lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// What its values are, judged by the last one, as Loki does.
    pub kind: Kind,
    /// Every value that it has in these lines.
    pub values: BTreeSet<String>,
    /// The parsers that find it; none if it stands in the structured metadata.
    pub parsers: BTreeSet<&'static str>,
    /// The keys that lead to it in a JSON line.
    pub json_path: Vec<String>,
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers such as `200`.
    Integer,
    /// Numbers such as `0.25`.
    Float,
    /// True or false.
    Boolean,
    /// Times such as `1.5s`.
    Duration,
    /// Sizes such as `10KB`.
    Bytes,
    /// Anything that is none of the others.
    #[default]
    Text,
}

impl Kind {
    /// The narrowest kind of a value.
    fn of(value: &str) -> Self {
        if value.parse::<i64>().is_ok() {
            Self::Integer
        } else if units::go_number(value).is_ok() {
            Self::Float
        } else if matches!(value, "t" | "T" | "true" | "TRUE" | "True" | "f" | "F" | "false" | "FALSE" | "False") {
            Self::Boolean
        } else if units::go_duration(value).is_ok() {
            Self::Duration
        } else if units::size(value).is_ok() {
            Self::Bytes
        } else {
            Self::Text
        }
    }
}

/// The fields of the lines that a query finds, by name; beyond `most` fields no new one is taken.
pub fn fields(
    store: &LogStore,
    query: &LogQuery,
    request: LinesRequest,
    most: usize,
    (limits, grant): (&QueryLimits, &Grant),
) -> Result<BTreeMap<String, Field>, QueryError> {
    let mut lines = lines::lines(store, query, request, limits, grant)?.lines;
    lines.sort_by_cached_key(|line| line.stream.to_string());
    let mut found = Found { fields: BTreeMap::new(), most };
    for line in &lines {
        for label in &line.metadata {
            found.note(&label.name, &label.value, None, &[]);
        }
        note_parsed(line, &mut found);
    }
    Ok(found.fields)
}

/// What is found so far.
struct Found {
    fields: BTreeMap<String, Field>,
    most: usize,
}

impl Found {
    fn note(&mut self, name: &str, value: &str, parser: Option<&'static str>, path: &[String]) {
        if !self.fields.contains_key(name) && self.fields.len() >= self.most {
            return;
        }
        let field = self.fields.entry(name.to_owned()).or_default();
        field.kind = Kind::of(value);
        field.values.insert(value.to_owned());
        field.parsers.extend(parser);
        if parser == Some(JSON) {
            field.json_path = path.to_vec();
        }
    }
}

const JSON: &str = "json";
const LOGFMT: &str = "logfmt";

/// The fields that the query has found, and those of the line: of a JSON line if it is one, else of a logfmt line.
fn note_parsed(line: &LogLine, found: &mut Found) {
    let entry = EntryRef { timestamp: line.timestamp, line: &line.line, metadata: &[] };
    let (mut scope, hints) = (Scope::new(&line.stream, entry), Hints::default());
    json::extract_all(&mut scope, &hints);
    let parser = if scope.has_error() {
        scope = Scope::new(&line.stream, entry);
        logfmt::extract_all(&mut scope, &hints, false, false);
        LOGFMT
    } else {
        JSON
    };
    let paths = if parser == JSON { json::paths(&line.line) } else { BTreeMap::new() };
    let [_, _, of_line] = scope.by_origin();
    let mut note = |labels: &Labels| {
        for label in labels.iter().filter(|label| !matches!(&*label.name, ERROR | ERROR_DETAILS)) {
            let name = &*label.name;
            let path = paths.get(name).or_else(|| paths.get(name.strip_suffix("_extracted")?));
            found.note(name, &label.value, Some(parser), path.map_or(&[], Vec::as_slice));
        }
    };
    note(&line.parsed);
    note(&of_line);
}

/// The values of a field in the form in which a query can compare with them: sizes in decimal units.
pub fn comparable(field: &Field) -> BTreeSet<String> {
    let written = |value: &String| match quantities::decimal_size(value) {
        Some(size) if !field.parsers.is_empty() => size,
        _ => value.clone(),
    };
    field.values.iter().map(written).collect()
}
