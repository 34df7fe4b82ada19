//! A line on its way through a pipeline: its text, its labels by origin, and the first error it met.

use std::borrow::Cow;

use lab_model::{Labels, LabelsBuilder};

use crate::store::rows::entry::EntryRef;

/// The label that names what went wrong with a line.
pub(crate) const ERROR: &str = "__error__";
/// The label that explains the error.
pub(crate) const ERROR_DETAILS: &str = "__error_details__";

/// The kind of error of a line that got too many labels, or too long ones.
const LABEL_LIMIT: &str = "LabelLimitErr";
/// The most labels that a query may give a line.
const MOST_LABELS: usize = 1024;
/// The most bytes that the names and values of these labels may take.
const MOST_BYTES: usize = 4 << 20;

/// What a stage found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LineError {
    pub(crate) kind: &'static str,
    pub(crate) details: String,
}

/// A line and its labels.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) timestamp: i64,
    /// The end of the time that is read, in nanoseconds since the epoch: what templates call now.
    pub(crate) now: i64,
    pub(crate) line: Cow<'a, str>,
    pub(crate) error: Option<LineError>,
    stream: &'a Labels,
    metadata: &'a [(&'a str, &'a str)],
    /// Set by the query; an empty value hides the label.
    set: Vec<(Cow<'a, str>, String)>,
    /// The bytes of what was set.
    bytes: usize,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(stream: &'a Labels, entry: EntryRef<'a>) -> Self {
        let EntryRef { timestamp, line, metadata } = entry;
        Self {
            timestamp,
            now: timestamp,
            line: Cow::Borrowed(line),
            error: None,
            stream,
            metadata,
            set: Vec::new(),
            bytes: 0,
        }
    }

    /// The value of a label, empty if it is absent.
    pub(crate) fn get(&self, name: &str) -> &str {
        if let Some((_, value)) = self.set.iter().find(|(known, _)| known == name) {
            return value;
        }
        if let Some((_, value)) = self.metadata.iter().find(|(known, _)| *known == name) {
            return value;
        }
        match (name, &self.error) {
            (ERROR, Some(error)) => error.kind,
            (ERROR_DETAILS, Some(error)) => &error.details,
            _ => self.stream.get(name).unwrap_or_default(),
        }
    }

    /// Sets a label; an empty value removes it. A label that is too much is an error of the line.
    pub(crate) fn set(&mut self, name: impl Into<Cow<'a, str>>, value: String) {
        let name = name.into();
        let known = self.set.iter().position(|(known, _)| *known == name);
        let before = known.map_or(0, |at| self.set[at].0.len() + self.set[at].1.len());
        let bytes = self.bytes - before + name.len() + value.len();
        if !value.is_empty() && bytes > MOST_BYTES {
            let most = lab_model::size::format(MOST_BYTES as u64);
            self.fail(
                LABEL_LIMIT,
                format!("with {name} the labels that the query gives the line take more than {most}"),
            );
            return;
        }
        if !value.is_empty() && known.is_none() && self.set.len() >= MOST_LABELS {
            self.fail(LABEL_LIMIT, format!("with {name} the query gives the line more than {MOST_LABELS} labels"));
            return;
        }
        self.bytes = bytes;
        match known {
            Some(at) => self.set[at].1 = value,
            None => self.set.push((name, value)),
        }
    }

    /// Sets a label that a parser found: a label of the stream or of the metadata keeps its value, and the new
    /// one is called `…_extracted`.
    pub(crate) fn extract(&mut self, name: &str, value: String) {
        let taken = self.stream.get(name).is_some() || self.metadata.iter().any(|(known, _)| *known == name);
        self.set(if taken { format!("{name}_extracted") } else { name.to_owned() }, value);
    }

    /// Notes an error, unless there was one before.
    pub(crate) fn fail(&mut self, kind: &'static str, details: impl Into<String>) {
        if self.error.is_none() {
            self.error = Some(LineError { kind, details: details.into() });
        }
    }

    /// Notes an error in place of any that there was before.
    pub(crate) fn fail_anyway(&mut self, kind: &'static str, details: impl Into<String>) {
        self.error = Some(LineError { kind, details: details.into() });
    }

    /// Every label with its value, in no order.
    pub(crate) fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let hidden = |name: &str| self.set.iter().any(|(known, _)| known == name);
        let stream = self.stream.iter().map(|label| (&*label.name, &*label.value));
        let metadata = self.metadata.iter().copied();
        let in_metadata = |name: &str| self.metadata.iter().any(|(known, _)| *known == name);
        let set = self.set.iter().map(|(name, value)| (&**name, &**value));
        let errors = self.error.iter().flat_map(|error| [(ERROR, error.kind), (ERROR_DETAILS, &*error.details)]);
        stream
            .filter(move |(name, _)| !in_metadata(name))
            .chain(metadata)
            .filter(move |(name, _)| !hidden(name))
            .chain(set)
            .chain(errors)
            .filter(|(_, value)| !value.is_empty())
    }

    /// The labels by origin: stream, structured metadata, set by the query.
    pub(crate) fn by_origin(&self) -> [Labels; 3] {
        let hidden = |name: &str| self.set.iter().any(|(known, _)| known == name);
        let metadata = self.metadata.iter().filter(|(name, _)| !hidden(name)).copied();
        let mut parsed = LabelsBuilder::default();
        for (name, value) in &self.set {
            parsed.set(&**name, &**value);
        }
        if let Some(error) = &self.error {
            parsed.set(ERROR, error.kind).set(ERROR_DETAILS, &*error.details);
        }
        [self.stream.filtered(|name| !hidden(name)), Labels::from_pairs(metadata), parsed.build()]
    }
}
