//! The stages of a pipeline: line filters, and what stands after `|`.

use crate::logql::error::QueryError;
use crate::logql::functions::json::path;
use crate::logql::functions::pattern::Pattern;
use crate::logql::functions::regexes;
use crate::logql::functions::template::format::Format;
use crate::logql::syntax::ast::{Extraction, LabelFormat, LabelSource, LineFilter, LineOp, Stage, Target};
use crate::logql::syntax::parser::conditions::{condition, is_filter};
use crate::logql::syntax::parser::cursor::Cursor;
use crate::logql::syntax::parser::selector::matcher;
use crate::logql::syntax::token::Kind;
use crate::logql::syntax::words::{LINE_OPS, meaning, stands_alone};

/// Most stages of one pipeline.
const MOST_STAGES: usize = 128;

/// Reads the arguments of a stage, once its name has been taken.
type StageReader = fn(&mut Cursor<'_>) -> Result<Stage, QueryError>;

/// The stages that have a name.
const NAMED: [(&str, StageReader); 10] = [
    ("json", json),
    ("logfmt", logfmt),
    ("regexp", |cursor| checked_text(cursor, regexes::named_groups).map(Stage::Regexp)),
    ("pattern", |cursor| checked_text(cursor, Pattern::parse).map(Stage::Pattern)),
    ("unpack", |_| Ok(Stage::Unpack)),
    ("line_format", |cursor| checked_text(cursor, Format::of_line).map(Stage::LineFormat)),
    ("label_format", |cursor| separated(cursor, label_format).map(Stage::LabelFormat)),
    ("drop", |cursor| separated(cursor, target).map(Stage::Drop)),
    ("keep", |cursor| separated(cursor, target).map(Stage::Keep)),
    ("decolorize", |_| Ok(Stage::Decolorize)),
];

/// All the stages that follow.
pub(super) fn pipeline(cursor: &mut Cursor<'_>) -> Result<Vec<Stage>, QueryError> {
    let mut found = Vec::new();
    while let Some(stage) = stage(cursor)? {
        found.push(stage);
        if found.len() > MOST_STAGES {
            return Err(cursor.error(format!("the pipeline has more than {MOST_STAGES} stages")));
        }
    }
    Ok(found)
}

/// The next stage, if there is one; `| unwrap` is left for the metric parser.
fn stage(cursor: &mut Cursor<'_>) -> Result<Option<Stage>, QueryError> {
    let Kind::Symbol(symbol) = *cursor.peek() else { return Ok(None) };
    // `!=` after a selector can also compare two expressions; a line filter has a text after it.
    if let Some(op) = meaning(&LINE_OPS, symbol)
        && (symbol != "!=" || matches!(cursor.peek_after(1), Kind::Text(_)))
    {
        return line_filter(cursor, op).map(Some);
    }
    if symbol != "|" || cursor.peek_after(1).is_word("unwrap") {
        return Ok(None);
    }
    cursor.next();
    // `json="x"` is a filter on a label of that name.
    let before_line_filter = matches!(cursor.peek(), Kind::Name(name) if stands_alone(name))
        && matches!(cursor.peek_after(1), Kind::Symbol("!=" | "!~"));
    if cursor.is_symbol("(") || (is_filter(cursor) && !before_line_filter) {
        return condition(cursor).map(|condition| Some(Stage::Label(condition)));
    }
    let word = match cursor.peek() {
        Kind::Name(name) => name.clone(),
        _ => return Err(cursor.unexpected(&[])),
    };
    cursor.next();
    let Some(read) = meaning(&NAMED, &word) else { return Err(cursor.unexpected(&[])) };
    read(cursor).map(Some)
}

fn line_filter(cursor: &mut Cursor<'_>, op: LineOp) -> Result<Stage, QueryError> {
    cursor.next();
    let mut texts = Vec::new();
    loop {
        texts.push(checked_text(cursor, |text| match op {
            LineOp::Contains | LineOp::NotContains => Ok(()),
            LineOp::Regex | LineOp::NotRegex => regexes::anywhere(text).map(drop),
            LineOp::Pattern | LineOp::NotPattern => Pattern::parse_filter(text).map(drop),
        })?);
        if !(cursor.is_name("or") && matches!(cursor.peek_after(1), Kind::Text(_))) {
            return Ok(Stage::Line(LineFilter { op, texts }));
        }
        cursor.next();
    }
}

fn json(cursor: &mut Cursor<'_>) -> Result<Stage, QueryError> {
    let fields = extractions(cursor)?;
    for field in &fields {
        cursor.checked(path::parse(&field.expression))?;
    }
    Ok(Stage::Json(fields))
}

fn logfmt(cursor: &mut Cursor<'_>) -> Result<Stage, QueryError> {
    let (mut strict, mut keep_empty) = (false, false);
    while cursor.take_symbol("-") {
        cursor.expect_symbol("-")?;
        let word = cursor.expect_name()?;
        match &*word {
            "strict" => strict = true,
            "keep" => {
                cursor.expect_symbol("-")?;
                if !cursor.take_name("empty") {
                    return Err(cursor.unexpected(&["empty"]));
                }
                keep_empty = true;
            }
            _ => return Err(cursor.error(format!("unknown flag --{word} of logfmt"))),
        }
    }
    Ok(Stage::Logfmt { strict, keep_empty, fields: extractions(cursor)? })
}

/// `name="expression", name, …`, or nothing.
fn extractions(cursor: &mut Cursor<'_>) -> Result<Vec<Extraction>, QueryError> {
    if !matches!(cursor.peek(), Kind::Name(name) if !matches!(&**name, "by" | "without" | "and" | "or" | "unless" | "offset"))
    {
        return Ok(Vec::new());
    }
    separated(cursor, |cursor| {
        let name = cursor.expect_name()?;
        let expression = if cursor.take_symbol("=") { cursor.expect_text()? } else { name.clone() };
        Ok(Extraction { name, expression })
    })
}

fn label_format(cursor: &mut Cursor<'_>) -> Result<LabelFormat, QueryError> {
    let name = cursor.expect_name()?;
    cursor.expect_symbol("=")?;
    let value = match cursor.next() {
        Kind::Name(source) => LabelSource::Rename(source),
        Kind::Text(text) => {
            cursor.checked(Format::of_label(&name, &text))?;
            LabelSource::Template(text)
        }
        _ => return Err(cursor.error_before("syntax error: unexpected token, expecting IDENTIFIER or STRING")),
    };
    Ok(LabelFormat { name, value })
}

fn target(cursor: &mut Cursor<'_>) -> Result<Target, QueryError> {
    if matches!(cursor.peek_after(1), Kind::Symbol("=" | "!=" | "=~" | "!~")) {
        return matcher(cursor).map(Target::Match);
    }
    cursor.expect_name().map(Target::Name)
}

fn separated<'a, T>(
    cursor: &mut Cursor<'a>,
    mut read: impl FnMut(&mut Cursor<'a>) -> Result<T, QueryError>,
) -> Result<Vec<T>, QueryError> {
    let mut found = vec![read(cursor)?];
    while cursor.take_symbol(",") {
        cursor.count_operator()?;
        found.push(read(cursor)?);
    }
    Ok(found)
}

/// A text that `check` can read; what is wrong with it is said at its place.
fn checked_text<T>(cursor: &mut Cursor<'_>, check: impl Fn(&str) -> Result<T, String>) -> Result<String, QueryError> {
    let text = cursor.expect_text()?;
    cursor.checked(check(&text))?;
    Ok(text)
}
