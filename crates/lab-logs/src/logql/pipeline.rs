//! The stages of a query, compiled: each line goes through them until one refuses it.

use std::borrow::Cow;
use std::cell::Cell;

use lab_model::MatchOp;
use regex::Regex;
use serde_json::Value;

use crate::logql::ast::{Condition, LabelFormat, LabelSource, LineOp, Stage, Target};
use crate::logql::condition;
use crate::logql::error::QueryError;
use crate::logql::json_path::{self, Step};
use crate::logql::logfmt;
use crate::logql::pattern::Pattern;
use crate::logql::regexes::{self, Search};
use crate::logql::scope::Scope;
use crate::logql::template::Template;
use crate::store::trace_filter::TRACE_ID;

/// Lines on which a near miss is looked for; then it is taken that there is none.
const NEAR_MISS_LINES: u32 = 10_000;

/// A compiled pipeline.
#[derive(Debug)]
pub(super) struct Pipeline {
    steps: Vec<Compiled>,
    near_misses: Vec<NearMiss>,
}

#[derive(Debug)]
enum Compiled {
    Line { searches: Vec<Search>, negated: bool },
    Json(Vec<(String, Vec<Step>)>),
    Logfmt { strict: bool, keep_empty: bool, fields: Vec<(String, String)> },
    Regexp(Regex),
    Pattern(Pattern),
    Unpack,
    Label(Condition),
    LineFormat(Template),
    LabelFormat(Vec<(String, Source)>),
    Drop(Vec<Target>),
    Keep(Vec<Target>),
    Decolorize(Regex),
}

#[derive(Debug)]
enum Source {
    Rename(String),
    Template(Template),
}

/// A label filter with an anchored expression that would match if it were not anchored.
#[derive(Debug)]
struct NearMiss {
    label: String,
    pattern: String,
    anywhere: Regex,
    seen: Cell<bool>,
    looked: Cell<u32>,
}

impl Pipeline {
    /// Compiles stages.
    pub(super) fn compile(stages: &[Stage]) -> Result<Self, QueryError> {
        let steps = stages.iter().map(compile).collect::<Result<_, _>>().map_err(QueryError::Invalid)?;
        let mut near_misses = Vec::new();
        for stage in stages {
            if let Stage::Label(Condition::Match(matcher)) = stage
                && matcher.op == MatchOp::Regex
                && let Ok(anywhere) = regexes::anywhere(&matcher.value)
            {
                near_misses.push(NearMiss {
                    label: matcher.name.clone(),
                    pattern: matcher.value.clone(),
                    anywhere,
                    seen: Cell::new(false),
                    looked: Cell::new(0),
                });
            }
        }
        Ok(Self { steps, near_misses })
    }

    /// Sends a line through; false if a stage refuses it.
    pub(super) fn process(&self, scope: &mut Scope<'_>) -> bool {
        self.steps.iter().all(|step| self.step(step, scope))
    }

    /// What to tell someone whose label filters let nothing through.
    pub(super) fn warnings(&self) -> Vec<String> {
        let seen = self.near_misses.iter().filter(|near| near.seen.get());
        seen.map(|near| anchored_warning(&near.label, &near.pattern)).collect()
    }

    fn step(&self, step: &Compiled, scope: &mut Scope<'_>) -> bool {
        match step {
            Compiled::Line { searches, negated } => {
                return searches.iter().any(|search| search.is_in(&scope.line)) != *negated;
            }
            Compiled::Label(condition) => {
                let good = condition::holds(condition, scope);
                if !good {
                    self.note_near_miss(condition, scope);
                }
                return good;
            }
            Compiled::Json(fields) => json(fields, scope),
            Compiled::Logfmt { strict, keep_empty, fields } => logfmt_fields(*strict, *keep_empty, fields, scope),
            Compiled::Regexp(regex) => {
                let line = scope.line.clone();
                let Some(captures) = regex.captures(&line) else { return true };
                for name in regex.capture_names().flatten() {
                    if let Some(found) = captures.name(name) {
                        scope.extract(name, found.as_str().to_owned());
                    }
                }
            }
            Compiled::Pattern(pattern) => {
                let line = scope.line.clone();
                pattern.extract(&line, |name, value| scope.extract(name, value.to_owned()));
            }
            Compiled::Unpack => unpack(scope),
            Compiled::LineFormat(template) => scope.line = Cow::Owned(template.render(scope)),
            Compiled::LabelFormat(formats) => {
                for (name, source) in formats {
                    match source {
                        Source::Template(template) => scope.set(name.clone(), template.render(scope)),
                        Source::Rename(from) => {
                            let value = scope.get(from).to_owned();
                            if !value.is_empty() {
                                scope.set(name.clone(), value);
                                scope.set(from.clone(), String::new());
                            }
                        }
                    }
                }
            }
            Compiled::Drop(targets) => {
                hide(scope, |name, value| targets.iter().any(|target| names(target, name, value)));
            }
            Compiled::Keep(targets) => {
                hide(scope, |name, value| !targets.iter().any(|target| names(target, name, value)));
            }
            Compiled::Decolorize(regex) => {
                if let Cow::Owned(plain) = regex.replace_all(&scope.line.clone(), "") {
                    scope.line = Cow::Owned(plain);
                }
            }
        }
        true
    }

    fn note_near_miss(&self, condition: &Condition, scope: &Scope<'_>) {
        let Condition::Match(matcher) = condition else { return };
        let near = self.near_misses.iter().find(|near| near.label == matcher.name && near.pattern == matcher.value);
        let Some(near) = near.filter(|near| !near.seen.get() && near.looked.get() < NEAR_MISS_LINES) else { return };
        near.looked.set(near.looked.get() + 1);
        near.seen.set(matcher.op == MatchOp::Regex && near.anywhere.is_match(scope.get(&matcher.name)));
    }
}

/// Why an expression that seems to fit matches nothing.
pub(super) fn anchored_warning(label: &str, pattern: &str) -> String {
    format!(
        "{label}=~{pattern:?} matched nothing: label matchers are anchored at both ends; to find it anywhere in the \
         value write {label}=~\".*{}.*\", or use a line filter |~ {pattern:?}",
        pattern.replace('\\', "\\\\").replace('"', "\\\"")
    )
}

/// The trace that every line must belong to, if the stages say so before anything can change the labels.
pub(super) fn wanted_trace(stages: &[Stage]) -> Option<&str> {
    fn of(condition: &Condition) -> Option<&str> {
        match condition {
            Condition::Match(m) if m.name == TRACE_ID && m.op == MatchOp::Equal && !m.value.is_empty() => {
                Some(&m.value)
            }
            Condition::And(left, right) => of(left).or_else(|| of(right)),
            _ => None,
        }
    }
    let mut harmless = stages.iter().take_while(|stage| matches!(stage, Stage::Line(_) | Stage::Label(_)));
    harmless.find_map(|stage| if let Stage::Label(condition) = stage { of(condition) } else { None })
}

fn compile(stage: &Stage) -> Result<Compiled, String> {
    Ok(match stage {
        Stage::Line(filter) => Compiled::Line {
            searches: regexes::line_filter(filter)?,
            negated: matches!(filter.op, LineOp::NotContains | LineOp::NotRegex | LineOp::NotPattern),
        },
        Stage::Json(fields) => {
            let path = |expression: &str| json_path::parse(expression);
            Compiled::Json(
                fields.iter().map(|f| Ok((f.name.clone(), path(&f.expression)?))).collect::<Result<_, String>>()?,
            )
        }
        Stage::Logfmt { strict, keep_empty, fields } => Compiled::Logfmt {
            strict: *strict,
            keep_empty: *keep_empty,
            fields: fields.iter().map(|field| (field.name.clone(), field.expression.clone())).collect(),
        },
        Stage::Regexp(text) => Compiled::Regexp(regexes::named_groups(text)?),
        Stage::Pattern(text) => Compiled::Pattern(Pattern::parse(text)?),
        Stage::Unpack => Compiled::Unpack,
        Stage::Label(condition) => Compiled::Label(condition.clone()),
        Stage::LineFormat(text) => Compiled::LineFormat(Template::parse(text)?),
        Stage::LabelFormat(formats) => {
            Compiled::LabelFormat(formats.iter().map(label_format).collect::<Result<_, _>>()?)
        }
        Stage::Drop(targets) => Compiled::Drop(targets.clone()),
        Stage::Keep(targets) => Compiled::Keep(targets.clone()),
        Stage::Decolorize => Compiled::Decolorize(regexes::anywhere("\u{1b}\\[[0-9;]*[A-Za-z]")?),
    })
}

fn label_format(format: &LabelFormat) -> Result<(String, Source), String> {
    let source = match &format.value {
        LabelSource::Rename(from) => Source::Rename(from.clone()),
        LabelSource::Template(text) => Source::Template(Template::parse(text)?),
    };
    Ok((format.name.clone(), source))
}

fn json(fields: &[(String, Vec<Step>)], scope: &mut Scope<'_>) {
    let line = scope.line.clone();
    let parsed = serde_json::from_str::<Value>(&line).map_err(|error| error.to_string());
    match parsed {
        Err(details) => scope.fail("JSONParserErr", details),
        Ok(value) if !value.is_object() => scope.fail("JSONParserErr", "Value is not an object"),
        Ok(value) if fields.is_empty() => json_path::flatten(&value, &mut |name, value| scope.extract(name, value)),
        Ok(value) => {
            for (name, path) in fields {
                scope.extract(name, json_path::lookup(&value, path).unwrap_or_default());
            }
        }
    }
}

fn logfmt_fields(strict: bool, keep_empty: bool, fields: &[(String, String)], scope: &mut Scope<'_>) {
    let line = scope.line.clone();
    let mut name = String::new();
    let read = logfmt::pairs(&line, |key, value| {
        if value.is_empty() && !keep_empty {
            return;
        }
        if fields.is_empty() {
            name.clear();
            json_path::push_sanitized(&mut name, key);
            scope.extract(&name, value);
        } else if let Some((name, _)) = fields.iter().find(|(_, wanted)| wanted == key) {
            scope.extract(name, value);
        }
    });
    if read.is_err() && strict {
        scope.fail("LogfmtParserErr", "logfmt syntax error");
    }
}

/// The inverse of Promtail's `pack`: string fields become labels, `_entry` the line.
fn unpack(scope: &mut Scope<'_>) {
    let line = scope.line.clone();
    match serde_json::from_str::<Value>(&line) {
        Ok(Value::Object(fields)) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "_entry" => scope.line = Cow::Owned(text),
                    Value::String(text) => scope.extract(&name, text),
                    _ => {}
                }
            }
        }
        Ok(_) => scope.fail("JSONParserErr", "expecting json object, but it is not"),
        Err(error) => scope.fail("JSONParserErr", error.to_string()),
    }
}

fn hide(scope: &mut Scope<'_>, goes: impl Fn(&str, &str) -> bool) {
    let hidden: Vec<String> =
        scope.labels().filter(|(name, value)| goes(name, value)).map(|(name, _)| name.into()).collect();
    for name in hidden {
        if name == crate::logql::scope::ERROR {
            scope.error = None;
        }
        scope.set(name, String::new());
    }
}

fn names(target: &Target, name: &str, value: &str) -> bool {
    match target {
        Target::Name(wanted) => wanted == name,
        Target::Match(matcher) => matcher.name == name && matcher.matches(value),
    }
}
