//! A line on its way through a pipeline: its text, its labels by origin, and the first error it met.

use std::borrow::Cow;

use lab_model::{Labels, LabelsBuilder};

use crate::logql::parser::{Known, Parser};
use crate::store::rows::layout::entry::EntryRef;

/// The label that names what went wrong with a line.
pub(crate) const ERROR: &str = "__error__";
/// The label that explains the error.
pub(crate) const ERROR_DETAILS: &str = "__error_details__";
/// The label of a line whose error the query asks for.
const PRESERVE_ERROR: &str = "__preserve_error__";
/// What a label is called in addition whose own name is taken.
pub(crate) const EXTRACTED: &str = "_extracted";

/// The kind of error of a line that got too many labels, or too long ones.
const LABEL_LIMIT: &str = "LabelLimitErr";
/// The most labels that a query may give a line.
const MOST_LABELS: usize = 1024;
/// The most bytes that the names and values of these labels may take.
const MOST_BYTES: usize = 4 << 20;

/// What a stage found wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LineError {
    /// The value of `__error__`; empty once the query has removed it.
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
    /// What a parser finds in the line, if the line itself is not there.
    pub(crate) known: Option<Known<'a>>,
    stream: &'a Labels,
    metadata: &'a [(&'a str, &'a str)],
    /// True if metadata and stream have a label of the same name.
    collides: bool,
    /// What differs from the labels that the line came with.
    changes: Vec<Change<'a>>,
    /// The bytes of what was set.
    bytes: usize,
}

/// A label that the query has set or removed.
#[derive(Debug)]
struct Change<'a> {
    name: Cow<'a, str>,
    /// None if the label was removed. A label may have an empty value.
    value: Option<String>,
    /// True for metadata under another name, because the stream has a label of the same name.
    is_metadata: bool,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(stream: &'a Labels, entry: EntryRef<'a>) -> Self {
        let EntryRef { timestamp, line, metadata } = entry;
        let mut changes = Vec::new();
        for (name, value) in metadata {
            if stream.get(name).is_some() {
                let (name, value) = (extracted(name), Some((*value).to_owned()));
                changes.push(Change { name: name.into(), value, is_metadata: true });
            }
        }
        Self {
            timestamp,
            now: timestamp,
            line: Cow::Borrowed(line),
            error: None,
            known: None,
            stream,
            metadata,
            collides: !changes.is_empty(),
            changes,
            bytes: 0,
        }
    }

    /// What a parser finds in the line, if that is known.
    pub(crate) fn known_by(&self, parser: Parser) -> Option<&'a [(&'a str, &'a str)]> {
        self.known.filter(|known| known.parser == parser).map(|known| known.fields)
    }

    /// The value of a label, empty if it is absent.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// The value of a label, if the line has it.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        let of_error = match (name, &self.error) {
            (ERROR, Some(error)) => error.kind,
            (ERROR_DETAILS, Some(error)) => &error.details,
            _ => "",
        };
        if of_error.is_empty() { self.find_label(name) } else { Some(of_error) }
    }

    /// The value of a label, whatever is wrong with the line: a parser may have found a label called as the error is.
    pub(crate) fn find_label(&self, name: &str) -> Option<&str> {
        if let Some(change) = self.changes.iter().find(|change| change.name == name) {
            return change.value.as_deref();
        }
        let of_stream = self.stream.get(name);
        of_stream.or_else(|| self.metadata.iter().find(|(known, _)| *known == name).map(|(_, value)| *value))
    }

    /// The value with which a label filter compares: of the error its kind only, as in Loki.
    pub(crate) fn filtered_value(&self, name: &str) -> &str {
        match name {
            ERROR => self.error.as_ref().map_or("", |error| error.kind),
            _ => self.find_label(name).unwrap_or_default(),
        }
    }

    /// Whether something is wrong with the line.
    pub(crate) fn has_error(&self) -> bool {
        self.error.as_ref().is_some_and(|error| !error.kind.is_empty())
    }

    /// Sets a label. A label that is too much is an error of the line. In place of bytes that were no text stands a blank, as in
    /// Loki.
    pub(crate) fn set(&mut self, name: impl Into<Cow<'a, str>>, value: String) {
        let name = name.into();
        let is_broken = value.contains(char::REPLACEMENT_CHARACTER);
        let value = if is_broken { value.replace(char::REPLACEMENT_CHARACTER, " ") } else { value };
        let known = self.changes.iter().position(|change| change.name == name);
        let of = |change: &Change<'_>| change.name.len() + change.value.as_ref().map_or(0, String::len);
        let before = known.map_or(0, |at| of(&self.changes[at]));
        let bytes = (self.bytes + name.len() + value.len()).saturating_sub(before);
        if bytes > MOST_BYTES {
            let most = lab_model::size::format(MOST_BYTES as u64);
            self.fail(
                LABEL_LIMIT,
                format!("with {name} the labels that the query gives the line take more than {most}"),
            );
            return;
        }
        if known.is_none() && self.changes.len() >= MOST_LABELS {
            self.fail(LABEL_LIMIT, format!("with {name} the query gives the line more than {MOST_LABELS} labels"));
            return;
        }
        self.bytes = bytes;
        self.change(known, name, Some(value));
    }

    /// Removes a label.
    pub(crate) fn remove(&mut self, name: impl Into<Cow<'a, str>>) {
        let name = name.into();
        let known = self.changes.iter().position(|change| change.name == name);
        self.change(known, name, None);
    }

    fn change(&mut self, known: Option<usize>, name: Cow<'a, str>, value: Option<String>) {
        let change = Change { name, value, is_metadata: false };
        match known {
            Some(at) => self.changes[at] = change,
            None => self.changes.push(change),
        }
    }

    /// True if the query, one of its parsers for example, has set a label of this name.
    pub(crate) fn has_extracted(&self, name: &str) -> bool {
        self.changes.iter().any(|change| !change.is_metadata && change.name == name)
    }

    /// Notes that the query asks for what is wrong with the line, so that it is answered and no error of the query.
    pub(crate) fn preserve_error(&mut self) {
        self.set(PRESERVE_ERROR, "true".to_owned());
    }

    /// True if the query asks for what is wrong with the line.
    pub(crate) fn preserves_error(&self) -> bool {
        self.get(PRESERVE_ERROR) == "true"
    }

    /// Sets a label that the query asks a parser for by name, whatever was found before.
    pub(crate) fn extract_anew(&mut self, name: &str, value: String) {
        let name = self.free_name(name).into_owned();
        self.set(name, value);
    }

    /// The name of a label that a parser finds: a label of the stream or of the metadata keeps its value, and the new one is
    /// called `…_extracted`.
    pub(crate) fn free_name<'n>(&self, name: &'n str) -> Cow<'n, str> {
        let taken = self.stream.get(name).is_some() || self.metadata.iter().any(|(known, _)| *known == name);
        if taken { extracted(name).into() } else { name.into() }
    }

    /// Notes an error, unless there was one before.
    pub(crate) fn fail(&mut self, kind: &'static str, details: impl Into<String>) {
        if !self.has_error() {
            self.fail_anyway(kind, details);
        }
    }

    /// Notes an error in place of any that there was before; its details stay where the new one has none.
    pub(crate) fn fail_anyway(&mut self, kind: &'static str, details: impl Into<String>) {
        let error = self.error.get_or_insert_default();
        let details = details.into();
        error.kind = kind;
        if !details.is_empty() {
            error.details = details;
        }
    }

    /// Every label with its value, in no order.
    pub(crate) fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let set = self.changes.iter().filter_map(|change| Some((&*change.name, change.value.as_deref()?)));
        let set = set.filter(|(name, _)| !self.errors().any(|(error, _)| error == *name));
        self.of_stream().chain(self.of_metadata()).chain(set).chain(self.errors())
    }

    /// The labels by origin: stream, structured metadata, set by the query.
    pub(crate) fn by_origin(&self) -> [Labels; 3] {
        let (mut metadata, mut parsed) = (LabelsBuilder::default(), LabelsBuilder::default());
        for (name, value) in self.of_metadata() {
            metadata.keep(name, value);
        }
        for change in &self.changes {
            if let Some(value) = &change.value {
                let builder = if change.is_metadata { &mut metadata } else { &mut parsed };
                builder.keep(&*change.name, &**value);
            }
        }
        for (name, value) in self.errors() {
            parsed.set(name, value);
        }
        [self.stream.filtered(|name| !self.is_changed(name)), metadata.build(), parsed.build()]
    }

    /// The labels of the stream that are as they were.
    fn of_stream(&self) -> impl Iterator<Item = (&str, &str)> {
        let labels = self.stream.iter().map(|label| (&*label.name, &*label.value));
        labels.filter(|(name, _)| !self.is_changed(name))
    }

    /// The metadata that are as they were.
    fn of_metadata(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_moved = |name: &str| self.collides && self.stream.get(name).is_some();
        self.metadata.iter().copied().filter(move |(name, _)| !self.is_changed(name) && !is_moved(name))
    }

    fn is_changed(&self, name: &str) -> bool {
        self.changes.iter().any(|change| change.name == name)
    }

    /// What went wrong with the line, as labels.
    fn errors(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.error.iter().flat_map(|error| [(ERROR, error.kind), (ERROR_DETAILS, &*error.details)]);
        pairs.filter(|(_, value)| !value.is_empty())
    }
}

/// The name of a label whose own name is taken.
pub(crate) fn extracted(name: &str) -> String {
    format!("{name}{EXTRACTED}")
}
