//! The state of one execution: what is written, which variables are known, where it is.

use std::collections::HashMap;

use crate::budget::{Budget, Limits};
use crate::error::{TemplateError, place};
use crate::format::print;
use crate::format::writer::Writer;
use crate::functions::host::Host;
use crate::syntax::show::Located;
use crate::syntax::tree::List;
use crate::value::datum::Value;

/// How deep blocks, parentheses and templates may nest while they are executed.
const MAX_DEPTH: usize = 200;

/// Why the execution of a list ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It cannot go on.
    Failed(Box<TemplateError>),
    // `break`.
    Break,
    // `continue`.
    Continue,
}

/// What an execution works on, which stays the same.
#[derive(Clone, Copy)]
pub(crate) struct Setting<'a> {
    /// The name of the template that was parsed.
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
    /// The defined templates.
    pub(crate) templates: &'a HashMap<String, List>,
    /// True if a key that a map lacks has the zero value of the map's elements, false if it has no value.
    pub(crate) missing_is_zero: bool,
    /// Who executes the functions of the table.
    pub(crate) host: &'a dyn Host,
}

pub(crate) struct Run<'a> {
    pub(crate) setting: Setting<'a>,
    pub(crate) budget: Budget,
    out: Vec<u8>,
    variables: Vec<(&'a str, Value<'a>)>,
    /// The first variable of the template that is executed now.
    frame: usize,
    /// The name of the template that is executed now.
    part: &'a str,
    /// The part of it that is executed now.
    pub(crate) place: &'a dyn Located,
    depth: usize,
}

impl<'a> Run<'a> {
    pub(crate) fn new(setting: Setting<'a>, limits: Limits, data: Value<'a>, root: &'a List) -> Self {
        Self {
            setting,
            budget: Budget::new(limits),
            out: Vec::new(),
            variables: vec![("$", data)],
            frame: 0,
            part: setting.name,
            place: root,
            depth: 0,
        }
    }

    /// What was written.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.out
    }

    /// Ends the execution with a reason.
    pub(crate) fn fail(&self, reason: impl Into<String>) -> Stop {
        let (line, column) = place(self.setting.text, self.place.at());
        Stop::Failed(Box::new(TemplateError::Execute {
            name: self.setting.name.to_owned(),
            line,
            column,
            part: self.part.to_owned(),
            context: self.place.to_string(),
            reason: reason.into(),
        }))
    }

    /// Notes where the execution is, and counts a step.
    pub(crate) fn step(&mut self, place: &'a dyn Located) -> Result<(), Stop> {
        self.place = place;
        self.budget.step().map_err(|reason| self.fail(reason))
    }

    /// Executes something that may contain itself.
    pub(crate) fn nested<T>(&mut self, execute: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        if self.depth >= MAX_DEPTH {
            return Err(self.fail(format!("exceeded maximum template depth ({MAX_DEPTH})")));
        }
        self.depth += 1;
        let result = execute(self);
        self.depth -= 1;
        result
    }

    /// Executes another template with its own variables.
    pub(crate) fn in_template<T>(
        &mut self,
        name: &'a str,
        data: Value<'a>,
        execute: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let frame = std::mem::replace(&mut self.frame, self.variables.len());
        let part = std::mem::replace(&mut self.part, name);
        self.variables.push(("$", data));
        let result = self.nested(execute);
        self.variables.truncate(self.frame);
        self.frame = frame;
        self.part = part;
        result
    }

    /// Executes something whose variables are forgotten afterwards.
    pub(crate) fn in_scope<T>(&mut self, execute: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        let known = self.variables.len();
        let result = self.nested(execute);
        self.variables.truncate(known);
        result
    }

    /// Declares a variable.
    pub(crate) fn declare(&mut self, name: &'a str, value: Value<'a>) {
        self.variables.push((name, value));
    }

    /// Assigns to the variable that was declared last under this name.
    pub(crate) fn assign(&mut self, name: &str, value: Value<'a>) -> Result<(), Stop> {
        let frame = self.frame;
        match self.variables[frame..].iter_mut().rev().find(|(known, _)| *known == name) {
            Some((_, old)) => {
                *old = value;
                Ok(())
            }
            None => Err(self.fail(format!("undefined variable: {name}"))),
        }
    }

    /// Assigns to the n-th variable from the end.
    pub(crate) fn assign_from_end(&mut self, n: usize, value: Value<'a>) {
        if let Some((_, old)) = self.variables.iter_mut().nth_back(n - 1) {
            *old = value;
        }
    }

    /// The value of a variable.
    pub(crate) fn variable(&self, name: &str) -> Result<Value<'a>, Stop> {
        let found = self.variables[self.frame..].iter().rev().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone()).ok_or_else(|| self.fail(format!("undefined variable: {name}")))
    }

    /// Writes text to the result.
    pub(crate) fn write(&mut self, text: &[u8]) -> Result<(), Stop> {
        if self.out.len().saturating_add(text.len()) > self.budget.longest() {
            return Err(self.fail(self.budget.too_long()));
        }
        self.out.extend_from_slice(text);
        Ok(())
    }

    /// Writes a value to the result.
    pub(crate) fn print(&mut self, value: &Value<'a>) -> Result<(), Stop> {
        match value {
            Value::Nothing | Value::Null => self.write(b"<no value>"),
            Value::Text(text) => self.write(text.bytes()),
            other => {
                let text = self.shown(other)?;
                // Go prints what a pointer points at.
                let is_pointer = matches!(other, Value::Struct(it) if it.is_pointer);
                self.write(text.strip_prefix(if is_pointer { "&" } else { "" }.as_bytes()).unwrap_or(&text))
            }
        }
    }

    /// A value as text.
    pub(crate) fn shown(&self, value: &Value<'a>) -> Result<Vec<u8>, Stop> {
        let mut out = Writer::new(self.budget.longest());
        print::argument(&mut out, value, 'v');
        out.finish().ok_or_else(|| self.fail(self.budget.too_long()))
    }
}
