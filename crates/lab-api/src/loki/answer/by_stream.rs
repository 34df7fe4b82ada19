//! Lines with the same labels stand together.

use std::collections::HashMap;

use lab_logs::LogLine;
use lab_logs::logql::eval::lines::Direction;
use lab_model::Labels;
use serde::{Serialize, Serializer};

use crate::loki::answer::form::Form;

/// Which lines were asked for, and how they are to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    pub(crate) form: Form,
    /// The labels of stream, metadata and parsers are kept apart.
    pub(crate) categorize: bool,
    pub(crate) direction: Direction,
    pub(crate) limit: usize,
}

/// `[{"stream":{…},"values":[…]},…]`: lines by stream, streams in the order of their labels as a text.
pub(crate) fn grouped(lines: &[LogLine], categorize: bool) -> Vec<Stream<'_>> {
    let mut order: Vec<Stream<'_>> = Vec::new();
    let mut known: HashMap<Labels, usize> = HashMap::new();
    for line in lines {
        let labels = if categorize { line.stream.clone() } else { line.labels() };
        let at = *known.entry(labels.clone()).or_insert_with(|| {
            order.push(Stream { stream: labels, values: Vec::new() });
            order.len() - 1
        });
        order[at].values.push(Entry { line, categorize });
    }
    order.sort_by_cached_key(|stream| stream.stream.to_string());
    order
}

/// Lines with the same labels.
#[derive(Serialize)]
pub(crate) struct Stream<'a> {
    pub(crate) stream: Labels,
    pub(crate) values: Vec<Entry<'a>>,
}

/// A line as it is written: its time, its text, and its other labels if they are kept apart.
pub(crate) struct Entry<'a> {
    pub(crate) line: &'a LogLine,
    categorize: bool,
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = self.line.timestamp.to_string();
        if !self.categorize {
            return (time, &*self.line.line).serialize(serializer);
        }
        let categories = Categories { structured_metadata: &self.line.metadata, parsed: &self.line.parsed };
        (time, &*self.line.line, categories).serialize(serializer)
    }
}

/// The labels of a line alone, by where they come from.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Categories<'a> {
    #[serde(skip_serializing_if = "Labels::is_empty")]
    structured_metadata: &'a Labels,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    parsed: &'a Labels,
}
