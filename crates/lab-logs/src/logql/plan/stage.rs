//! A stage of a pipeline, compiled, and what it does to a line.

use std::borrow::Cow;

use lab_model::Expression;

use crate::logql::functions::json::path::{self, Step};
use crate::logql::functions::labels::Source;
use crate::logql::functions::pattern::Pattern;
use crate::logql::functions::template::format::{Current, Format, TEMPLATE_ERROR};
use crate::logql::functions::{json, labels, logfmt, regexes};
use crate::logql::parser::Parser;
use crate::logql::plan::condition::Condition;
use crate::logql::plan::hints::{Hints, Next};
use crate::logql::plan::search::{self, Search};
use crate::logql::scope::Scope;
use crate::logql::syntax::ast::{self, Extraction, LabelFormat, LabelSource, Target};

/// Sequences that change how a terminal shows a text: colours, movements, and those that an operating system reads, such
/// as links.
const COLOURS: &str = concat!(
    "[\u{1b}\u{9b}][\\[\\]()#;?]*(?:(?:(?:[A-Za-z\\d]*(?:;[A-Za-z\\d]*)*)?\u{07})",
    "|(?:(?:\\d{1,4}(?:;\\d{0,4})*)?[\\dA-PRZcf-ntqry=><~]))"
);

/// A compiled stage.
#[derive(Debug)]
pub(crate) enum Stage {
    Line { searches: Vec<Search>, negated: bool },
    Json(Vec<(String, Vec<Step>)>),
    Logfmt { strict: bool, keep_empty: bool, fields: Vec<(String, String)> },
    Regexp(Expression),
    Pattern(Pattern),
    Unpack,
    Label(Condition),
    LineFormat(Format),
    LabelFormat(Vec<(String, Source)>),
    Drop(Vec<Target>),
    Keep(Vec<Target>),
    Decolorize(Expression),
}

impl Stage {
    /// Compiles a stage of the syntax tree.
    pub(crate) fn compile(stage: &ast::Stage) -> Result<Self, String> {
        Ok(match stage {
            ast::Stage::Line(filter) => {
                Self::Line { searches: search::of_filter(filter)?, negated: filter.op.is_negated() }
            }
            ast::Stage::Json(fields) => Self::Json(fields.iter().map(json_field).collect::<Result<_, _>>()?),
            ast::Stage::Logfmt { strict, keep_empty, fields } => Self::Logfmt {
                strict: *strict,
                keep_empty: *keep_empty,
                fields: fields.iter().map(logfmt_field).collect::<Result<_, _>>()?,
            },
            ast::Stage::Regexp(text) => Self::Regexp(regexes::named_groups(text)?),
            ast::Stage::Pattern(text) => Self::Pattern(Pattern::parse(text)?),
            ast::Stage::Unpack => Self::Unpack,
            ast::Stage::Label(condition) => Self::Label(Condition::compile(condition)?),
            ast::Stage::LineFormat(text) => Self::LineFormat(Format::of_line(text)?),
            ast::Stage::LabelFormat(formats) => {
                Self::LabelFormat(formats.iter().map(label_format).collect::<Result<_, _>>()?)
            }
            ast::Stage::Drop(targets) => Self::Drop(targets.clone()),
            ast::Stage::Keep(targets) => Self::Keep(targets.clone()),
            ast::Stage::Decolorize => Self::Decolorize(regexes::anywhere(COLOURS)?),
        })
    }

    /// The parser that this stage is, if a chunk can keep what it finds.
    pub(crate) fn parser(&self) -> Option<Parser> {
        match self {
            Self::Json(fields) if fields.is_empty() => Some(Parser::Json),
            Self::Logfmt { strict: false, keep_empty: false, fields } if fields.is_empty() => Some(Parser::Logfmt),
            _ => None,
        }
    }

    /// Sends a line through the stage, whose parsers do what the hints leave of their work; false if the stage refuses the
    /// line.
    pub(crate) fn process(&self, scope: &mut Scope<'_>, hints: &Hints) -> bool {
        match self {
            Self::Line { searches, negated } => {
                return searches.iter().any(|search| search.is_in(&scope.line)) != *negated;
            }
            Self::Label(condition) => return condition.holds(scope),
            Self::Regexp(regex) => return regexes::extract(scope, hints, regex),
            Self::Json(_) | Self::Logfmt { .. } | Self::Pattern(_) | Self::Unpack if hints.are_met(scope) => {}
            Self::Json(fields) if fields.is_empty() => {
                return match scope.known_by(Parser::Json) {
                    Some(known) => hints.extract_known(scope, known),
                    None => json::extract_all(scope, hints),
                };
            }
            Self::Json(fields) => json::extract(scope, hints, fields),
            Self::Logfmt { strict, keep_empty, fields } if fields.is_empty() => {
                return match scope.known_by(Parser::Logfmt).filter(|_| self.parser().is_some()) {
                    Some(known) => hints.extract_known(scope, known),
                    None => logfmt::extract_all(scope, hints, *strict, *keep_empty),
                };
            }
            Self::Logfmt { strict, fields, .. } => logfmt::extract(scope, hints, *strict, fields),
            Self::Pattern(pattern) => {
                let (line, mut next) = (scope.line.clone(), Next::Continue);
                pattern.extract(&line, |name, value| {
                    if next != Next::Drop {
                        next = hints.extract(scope, name, || value.to_owned());
                    }
                });
                return next != Next::Drop;
            }
            Self::Unpack => return json::unpack(scope, hints),
            Self::LineFormat(format) => match format.execute(scope, &Current(scope)) {
                Ok(line) => scope.line = Cow::Owned(line),
                Err(details) => scope.fail_anyway(TEMPLATE_ERROR, details),
            },
            Self::LabelFormat(formats) => labels::format(scope, formats),
            Self::Drop(targets) => {
                labels::remove(scope, |name, value| targets.iter().any(|target| names(target, name, value)));
            }
            Self::Keep(targets) => {
                labels::keep(scope, |name, value| targets.iter().any(|target| names(target, name, value)));
            }
            Self::Decolorize(regex) => {
                if let Cow::Owned(plain) = regex.replace_all(&scope.line.clone(), "") {
                    scope.line = Cow::Owned(plain);
                }
            }
        }
        true
    }
}

fn json_field(field: &Extraction) -> Result<(String, Vec<Step>), String> {
    Ok((field.name.clone(), path::parse(&field.expression)?))
}

fn logfmt_field(field: &Extraction) -> Result<(String, String), String> {
    Ok((field.name.clone(), logfmt::key_of(&field.expression)?))
}

fn label_format(format: &LabelFormat) -> Result<(String, Source), String> {
    let source = match &format.value {
        LabelSource::Rename(from) => Source::Rename(from.clone()),
        LabelSource::Template(text) => Source::Template(Format::of_label(&format.name, text)?),
    };
    Ok((format.name.clone(), source))
}

fn names(target: &Target, name: &str, value: &str) -> bool {
    match target {
        Target::Name(wanted) => wanted == name,
        Target::Match(matcher) => matcher.name == name && matcher.matches(value),
    }
}
