//! A parsed template.

mod fields;

use std::collections::HashMap;

use crate::budget::Limits;
use crate::error::TemplateError;
use crate::execute::run::{Run, Setting, Stop};
use crate::functions::builtin::Builtin;
use crate::functions::host::{Function, Host};
use crate::syntax::parser;
use crate::syntax::tree::{Callee, List, Node, OperandKind};
use crate::value::datum::Value;

/// What a key that a map lacks stands for: the option `missingkey` of Go's templates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    #[default]
    NoValue,
    /// The zero value of the map's elements.
    Zero,
}

/// A parsed template. It can be executed any number of times.
#[derive(Clone, Debug)]
pub struct Template {
    name: String,
    text: String,
    templates: HashMap<String, List>,
    missing_key: MissingKey,
}

impl Template {
    /// Parses a text. The functions of the table come before the built-in ones of the same name.
    pub fn parse<B>(
        name: &str,
        text: &str,
        table: &'static [Function<B>],
        missing_key: MissingKey,
    ) -> Result<Self, TemplateError> {
        let find = |name: &str| {
            let index = table.iter().position(|function| function.signature.name == name);
            let ours = index.map(|index| Callee::Table(index, table[index].signature));
            ours.or_else(|| Builtin::find(name).map(Callee::Builtin))
        };
        let templates = parser::parse(name, text, &find)?;
        Ok(Self { name: name.to_owned(), text: text.to_owned(), templates, missing_key })
    }

    /// Executes the template with some data. The result is mostly UTF-8, but functions can cut characters apart.
    pub fn execute<'a>(
        &'a self,
        data: Value<'a>,
        host: &'a dyn Host,
        limits: Limits,
    ) -> Result<Vec<u8>, TemplateError> {
        let Some(root) = self.templates.get(&self.name) else { return Ok(Vec::new()) };
        let setting = Setting {
            name: &self.name,
            text: &self.text,
            templates: &self.templates,
            missing_is_zero: self.missing_key == MissingKey::Zero,
            host,
        };
        let mut run = Run::new(setting, limits, data.clone(), root);
        match run.list(&data, root) {
            Err(Stop::Failed(error)) => Err(*error),
            // The parser lets neither `break` nor `continue` stand outside of a loop.
            Ok(()) | Err(Stop::Break | Stop::Continue) => Ok(run.finish()),
        }
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names of the fields of its data that the template reads by name, each as often as it stands there. What
    /// templates defined within it read is not among them.
    pub fn fields(&self) -> Vec<&str> {
        self.templates.get(&self.name).map(fields::of_list).unwrap_or_default()
    }

    /// The field, if the template is nothing but `{{.field}}`.
    pub fn only_field(&self) -> Option<&str> {
        let [Node::Action(action)] = self.templates.get(&self.name)?.nodes.as_slice() else { return None };
        let [command] = action.pipeline.commands.as_slice() else { return None };
        match (command.operands.as_slice(), action.pipeline.variables.as_slice()) {
            ([operand], []) => match &operand.kind {
                OperandKind::Field(names) if names.len() == 1 => names.first().map(String::as_str),
                _ => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_those_that_stand_in_the_text() {
        let text = r#"{{.a}} {{if eq .b "x"}}{{printf "%s" (print .c.d)}}{{else}}{{$v := .e}}{{$v.f}}{{end}}{{range .g}}{{.}}{{end}}"#;
        let template = Template::parse::<()>("t", text, &[], MissingKey::Zero).expect("valid");
        assert_eq!(template.fields(), ["a", "b", "c", "d", "e", "g"]);
    }
}
