//! The stages of a pipeline: line filters, parsers, label filters and formats.

use crate::logql::ast::{
    Comparison, Condition, Conversion, Extraction, LabelFormat, LabelSource, LineFilter, Quantity, Stage, Target,
    Unwrap,
};
use crate::logql::error::QueryError;
use crate::logql::lexer::Kind;
use crate::logql::parser::cursor::Cursor;
use crate::logql::parser::lines::matcher;
use crate::logql::pattern::Pattern;
use crate::logql::template::Template;
use crate::logql::words::{COMPARISONS, LINE_OPS, meaning};
use crate::logql::{json_path, regexes};

/// The next stage, if there is one; `| unwrap` is left for the metric parser.
pub(super) fn stage(cursor: &mut Cursor<'_>) -> Result<Option<Stage>, QueryError> {
    let Kind::Symbol(symbol) = *cursor.peek() else { return Ok(None) };
    // `!=` after a selector can also compare two expressions; a line filter has a text after it.
    if let Some(op) = meaning(&LINE_OPS, symbol)
        && (symbol != "!=" || matches!(cursor.peek_after(1), Kind::Text(_)))
    {
        cursor.next();
        let mut texts = vec![cursor.expect_text()?];
        while cursor.is_name("or") && matches!(cursor.peek_after(1), Kind::Text(_)) {
            cursor.next();
            texts.push(cursor.expect_text()?);
        }
        let filter = LineFilter { op, texts };
        cursor.checked(regexes::line_filter(&filter))?;
        return Ok(Some(Stage::Line(filter)));
    }
    if symbol != "|" || matches!(cursor.peek_after(1), Kind::Name(name) if name == "unwrap") {
        return Ok(None);
    }
    cursor.next();
    let word = match cursor.peek() {
        Kind::Name(name) => name.clone(),
        Kind::Symbol("(") => return condition(cursor).map(|condition| Some(Stage::Label(condition))),
        _ => return Err(cursor.unexpected(&[])),
    };
    // `json="x"` is a filter on a label of that name.
    let is_filter =
        matches!(cursor.peek_after(1), Kind::Symbol("=" | "!=" | "=~" | "!~" | "==" | ">" | ">=" | "<" | "<="));
    if is_filter {
        return condition(cursor).map(|condition| Some(Stage::Label(condition)));
    }
    let known = matches!(
        &*word,
        "json"
            | "logfmt"
            | "regexp"
            | "pattern"
            | "unpack"
            | "line_format"
            | "label_format"
            | "drop"
            | "keep"
            | "decolorize"
    );
    if !known {
        cursor.next();
        return Err(cursor.unexpected(&[]));
    }
    cursor.next();
    Ok(Some(match &*word {
        "json" => {
            let fields = extractions(cursor)?;
            for field in &fields {
                cursor.checked(json_path::parse(&field.expression))?;
            }
            Stage::Json(fields)
        }
        "logfmt" => logfmt(cursor)?,
        "regexp" => {
            let text = cursor.expect_text()?;
            cursor.checked(regexes::named_groups(&text))?;
            Stage::Regexp(text)
        }
        "pattern" => {
            let text = cursor.expect_text()?;
            cursor.checked(Pattern::parse(&text))?;
            Stage::Pattern(text)
        }
        "unpack" => Stage::Unpack,
        "decolorize" => Stage::Decolorize,
        "line_format" => {
            let text = cursor.expect_text()?;
            cursor.checked(Template::parse(&text))?;
            Stage::LineFormat(text)
        }
        "label_format" => Stage::LabelFormat(separated(cursor, label_format)?),
        "drop" => Stage::Drop(separated(cursor, target)?),
        _ => Stage::Keep(separated(cursor, target)?),
    }))
}

/// `condition (and|or|,) condition …`; `and` binds tighter than `or`.
pub(super) fn condition(cursor: &mut Cursor<'_>) -> Result<Condition, QueryError> {
    let mut left = conjunction(cursor)?;
    while cursor.take_name("or") {
        cursor.count_operator()?;
        left = Condition::Or(Box::new(left), Box::new(conjunction(cursor)?));
    }
    Ok(left)
}

/// `| unwrap label`, `| unwrap duration(label)`, and the label filters after it.
pub(super) fn unwrap(cursor: &mut Cursor<'_>) -> Result<Option<Unwrap>, QueryError> {
    if !(cursor.is_symbol("|") && matches!(cursor.peek_after(1), Kind::Name(name) if name == "unwrap")) {
        return Ok(None);
    }
    cursor.next();
    cursor.next();
    let word = cursor.expect_name()?;
    let conversion = match &*word {
        "duration" | "duration_seconds" => Conversion::Duration,
        "bytes" => Conversion::Bytes,
        _ => Conversion::None,
    };
    let (label, conversion) = if conversion != Conversion::None && cursor.take_symbol("(") {
        let label = cursor.expect_name()?;
        cursor.expect_symbol(")")?;
        (label, conversion)
    } else {
        (word, Conversion::None)
    };
    let mut filters = Vec::new();
    while cursor.take_symbol("|") {
        filters.push(condition(cursor)?);
        cursor.count_operator()?;
    }
    Ok(Some(Unwrap { label, conversion, filters }))
}

fn conjunction(cursor: &mut Cursor<'_>) -> Result<Condition, QueryError> {
    let mut left = simple_condition(cursor)?;
    while cursor.take_name("and") || cursor.take_symbol(",") {
        cursor.count_operator()?;
        left = Condition::And(Box::new(left), Box::new(simple_condition(cursor)?));
    }
    Ok(left)
}

fn simple_condition(cursor: &mut Cursor<'_>) -> Result<Condition, QueryError> {
    if cursor.take_symbol("(") {
        let inner = cursor.nested(condition)?;
        cursor.expect_symbol(")")?;
        return Ok(inner);
    }
    if !matches!(cursor.peek(), Kind::Name(_)) {
        return Err(cursor.unexpected(&["IDENTIFIER"]));
    }
    if matches!(cursor.peek_after(2), Kind::Text(_)) && !matches!(cursor.peek_after(1), Kind::Symbol("==")) {
        return matcher(cursor).map(Condition::Match);
    }
    let name = cursor.expect_name()?;
    let symbol = if let Kind::Symbol(symbol) = cursor.peek() { *symbol } else { "" };
    let op = if symbol == "=" { Some(Comparison::Equal) } else { meaning(&COMPARISONS, symbol) };
    let Some(op) = op else { return Err(cursor.unexpected(&[])) };
    cursor.next();
    let value = match cursor.peek().clone() {
        Kind::Duration(text) => Quantity::Duration(text),
        Kind::Bytes(text) => Quantity::Bytes(text),
        Kind::Number(_) | Kind::Symbol("-" | "+") => return number_condition(cursor, name, op),
        _ => return Err(cursor.unexpected(&["BYTES", "DURATION", "NUMBER"])),
    };
    cursor.next();
    Ok(Condition::Compare { name, op, value })
}

fn number_condition(cursor: &mut Cursor<'_>, name: String, op: Comparison) -> Result<Condition, QueryError> {
    let value = Quantity::Number(cursor.expect_number()?);
    Ok(Condition::Compare { name, op, value })
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
            cursor.checked(Template::parse(&text))?;
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
