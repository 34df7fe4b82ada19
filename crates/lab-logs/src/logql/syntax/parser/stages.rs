//! The stages of a pipeline: line filters, and what stands after `|`.

use lab_syntax::{Fault, Kind as _};

use crate::logql::syntax::ast::{Extraction, LabelFormat, LabelSource, LineFilter, LineOp, Stage, Target, Wanted};
use crate::logql::syntax::parser::conditions::{addresses, condition, is_addresses, is_filter};
use crate::logql::syntax::parser::cursor::Cursor;
use crate::logql::syntax::parser::selector::matcher;
use crate::logql::syntax::token::Kind;
use crate::logql::syntax::words::{LINE_OPS, meaning};

/// Most stages of one pipeline.
const MOST_STAGES: usize = 128;

/// Reads the arguments of a stage, once its name has been taken.
type StageReader = fn(&mut Cursor<'_>) -> Result<Stage, Fault>;

/// The stages that have a name.
const NAMED: [(&str, StageReader); 10] = [
    ("json", json),
    ("logfmt", logfmt),
    ("regexp", |cursor| cursor.expect_text().map(Stage::Regexp)),
    ("pattern", |cursor| cursor.expect_text().map(Stage::Pattern)),
    ("unpack", |_| Ok(Stage::Unpack)),
    ("line_format", |cursor| cursor.expect_text().map(Stage::LineFormat)),
    ("label_format", |cursor| separated(cursor, label_format).map(Stage::LabelFormat)),
    ("drop", |cursor| separated(cursor, target).map(Stage::Drop)),
    ("keep", |cursor| separated(cursor, target).map(Stage::Keep)),
    ("decolorize", |_| Ok(Stage::Decolorize)),
];

/// All the stages that follow.
pub(super) fn pipeline(cursor: &mut Cursor<'_>) -> Result<Vec<Stage>, Fault> {
    let mut found = Vec::new();
    while let Some(stage) = stage(cursor)? {
        match stage {
            // None of several texts is wanted: Loki writes this as several filters.
            Stage::Line(LineFilter { op, wanted }) if op.is_negated() => {
                found.extend(wanted.into_iter().map(|wanted| Stage::Line(LineFilter { op, wanted: vec![wanted] })));
            }
            stage => found.push(stage),
        }
        if found.len() > MOST_STAGES {
            return Err(cursor.fault(format!("the pipeline has more than {MOST_STAGES} stages")));
        }
    }
    Ok(found)
}

/// The next stage, if there is one; `| unwrap` is left for the metric parser.
fn stage(cursor: &mut Cursor<'_>) -> Result<Option<Stage>, Fault> {
    let Kind::Symbol(symbol) = *cursor.peek() else { return Ok(None) };
    // `!=` after a selector can also compare two expressions; a line filter has a text after it.
    if let Some(op) = meaning(&LINE_OPS, symbol)
        && (symbol != "!=" || matches!(cursor.peek_after(1), Kind::Text(_)) || is_addresses(cursor, 1))
    {
        return line_filter(cursor, op).map(Some);
    }
    if symbol != "|" || cursor.peek_after(1).is("unwrap") {
        return Ok(None);
    }
    cursor.advance();
    if cursor.is("(") || is_filter(cursor) {
        return condition(cursor).map(|condition| Some(Stage::Label(condition)));
    }
    let word = match cursor.peek() {
        Kind::Keyword(name) => name.clone(),
        Kind::Name(_) => String::new(),
        _ => return Err(cursor.unexpected(&[])),
    };
    let Some(read) = meaning(&NAMED, &word) else {
        // After a name a comparison is missing.
        if word.is_empty() {
            cursor.advance();
        }
        return Err(cursor.unexpected(&[]));
    };
    cursor.advance();
    read(cursor).map(Some)
}

fn line_filter(cursor: &mut Cursor<'_>, op: LineOp) -> Result<Stage, Fault> {
    cursor.advance();
    let mut wanted = Vec::new();
    loop {
        if is_addresses(cursor, 0) {
            wanted.push(Wanted::Addresses(addresses(cursor)?));
        } else if matches!(cursor.peek(), Kind::Text(_)) {
            wanted.push(Wanted::Text(cursor.expect_text()?));
        } else {
            return Err(cursor.unexpected(&["STRING", "ip"]));
        }
        if !cursor.accept("or") {
            return Ok(Stage::Line(LineFilter { op, wanted }));
        }
    }
}

fn json(cursor: &mut Cursor<'_>) -> Result<Stage, Fault> {
    extractions(cursor).map(Stage::Json)
}

fn logfmt(cursor: &mut Cursor<'_>) -> Result<Stage, Fault> {
    let (mut strict, mut keep_empty) = (false, false);
    while let Kind::Flag(flag) = *cursor.peek() {
        match flag {
            "--strict" => strict = true,
            _ => keep_empty = true,
        }
        cursor.advance();
    }
    Ok(Stage::Logfmt { strict, keep_empty, fields: extractions(cursor)? })
}

/// `name="expression", name, …`, or nothing.
fn extractions(cursor: &mut Cursor<'_>) -> Result<Vec<Extraction>, Fault> {
    if !matches!(cursor.peek(), Kind::Name(_)) {
        return Ok(Vec::new());
    }
    separated(cursor, |cursor| {
        let name = cursor.expect_name()?;
        let expression = if cursor.accept("=") { cursor.expect_text()? } else { name.clone() };
        Ok(Extraction { name, expression })
    })
}

fn label_format(cursor: &mut Cursor<'_>) -> Result<LabelFormat, Fault> {
    let name = cursor.expect_name()?;
    cursor.expect("=")?;
    if matches!(cursor.peek(), Kind::Name(_)) {
        return Ok(LabelFormat { name, value: LabelSource::Rename(cursor.expect_name()?) });
    }
    if !matches!(cursor.peek(), Kind::Text(_)) {
        return Err(cursor.unexpected(&["IDENTIFIER", "STRING"]));
    }
    let text = cursor.expect_text()?;
    Ok(LabelFormat { name, value: LabelSource::Template(text) })
}

fn target(cursor: &mut Cursor<'_>) -> Result<Target, Fault> {
    if matches!(cursor.peek_after(1), Kind::Symbol("=" | "!=" | "=~" | "!~")) {
        return matcher(cursor).map(Target::Match);
    }
    cursor.expect_name().map(Target::Name)
}

fn separated<'a, T>(
    cursor: &mut Cursor<'a>,
    mut read: impl FnMut(&mut Cursor<'a>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut found = vec![read(cursor)?];
    while cursor.accept(",") {
        cursor.count_operator()?;
        found.push(read(cursor)?);
    }
    Ok(found)
}
