//! What the parsers `json` and `logfmt` find in the lines of a chunk, so that these need not be parsed again.
//!
//! ```text
//! fields   parser: 0 none, 1 json, 2 logfmt. With a parser: number of columns, and each column (see `column`); number of
//!          names of other fields, and each name
//! ```
//!
//! Names are those of labels, before any is called otherwise because its name is taken. A chunk has fields only if the
//! parser finds nothing wrong in any of its lines.

use std::collections::BTreeSet;

use lab_model::Labels;

use crate::logql::functions::{json, logfmt};
use crate::logql::parser::Parser;
use crate::logql::plan::hints::Hints;
use crate::logql::scope::Scope;
use crate::record::Entry;
use crate::store::rows::layout::column::{Column, Columns};
use crate::store::rows::layout::entry::{Damaged, EntryRef};
use crate::store::rows::layout::varint;

/// The most values that a field with a column has in a chunk.
const MOST_VALUES: usize = 255;
/// The most names of fields in a chunk that has any.
const MOST_NAMES: usize = 256;
/// Columns of fields take at most so many bytes, and this part of the bytes of the lines.
const BYTES: usize = 256;
const SHARE: usize = 32;

/// The fields of a chunk as they are read.
#[derive(Debug)]
pub(crate) struct Fields<'f> {
    pub(crate) parser: Parser,
    /// Fields that have few values.
    pub(crate) columns: Vec<Column<'f>>,
    /// Names of the fields that are in no column.
    pub(crate) others: Vec<&'f str>,
}

impl<'f> Fields<'f> {
    /// Reads the fields of a chunk of so many lines; none if it has none.
    pub(crate) fn read(rest: &mut &'f [u8], lines: usize) -> Result<Option<Self>, Damaged> {
        let parser = match varint::take(rest)? {
            0 => return Ok(None),
            1 => Parser::Json,
            2 => Parser::Logfmt,
            _ => return Err(Damaged),
        };
        let columns = (0..varint::take(rest)?).map(|_| Column::read(rest, lines, None)).collect::<Result<_, _>>()?;
        let others = (0..varint::take(rest)?).map(|_| varint::take_text(rest)).collect::<Result<_, _>>()?;
        Ok(Some(Self { parser, columns, others }))
    }
}

/// Writes the fields of a chunk.
pub(crate) fn write(entries: &[Entry], front: &mut Vec<u8>) {
    let Some((parser, lines)) = parse(entries) else { return varint::put(front, 0) };
    let names: BTreeSet<&str> = lines.iter().flatten().map(|(name, _)| &**name).collect();
    if names.is_empty() || names.len() > MOST_NAMES {
        return varint::put(front, 0);
    }
    let texts: usize = entries.iter().map(|entry| entry.line.len()).sum();
    let pairs = lines.iter().map(|line| line.iter().map(|(name, value)| (&**name, &**value)));
    let columns = Columns::of(pairs, MOST_VALUES).within(BYTES + texts / SHARE);
    varint::put(front, if parser == Parser::Json { 1 } else { 2 });
    columns.write(front);
    let others: Vec<&str> = names.into_iter().filter(|name| !columns.has(name)).collect();
    varint::put(front, others.len() as u64);
    for name in others {
        varint::put_bytes(front, name.as_bytes());
    }
}

/// What a parser finds in one line: names and values.
type Found = Vec<(String, String)>;

/// The fields of every line; none if the lines are not made for a parser.
fn parse(entries: &[Entry]) -> Option<(Parser, Vec<Found>)> {
    let first = entries.first()?.line.trim_start();
    let parser = if first.starts_with('{') {
        Parser::Json
    } else if first.contains('=') {
        Parser::Logfmt
    } else {
        return None;
    };
    let (stream, hints) = (Labels::default(), Hints::default());
    let parsed = entries.iter().map(|entry| {
        let mut scope = Scope::new(&stream, EntryRef { timestamp: 0, line: &entry.line, metadata: &[] });
        match parser {
            Parser::Json => json::extract_all(&mut scope, &hints),
            Parser::Logfmt => logfmt::extract_all(&mut scope, &hints, false, false),
        };
        let pairs = || scope.labels().map(|(name, value)| (name.to_owned(), value.to_owned()));
        (!scope.has_error()).then(|| pairs().collect())
    });
    Some((parser, parsed.collect::<Option<_>>()?))
}
