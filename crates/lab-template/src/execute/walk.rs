//! Executing lists: text, actions, branches, loops and templates.

use super::run::{Run, Stop};
use crate::syntax::tree::{Branch, BranchKind, Call, List, Node};
use crate::value::datum::Value;

impl<'a> Run<'a> {
    /// Executes parts one after another.
    pub(crate) fn list(&mut self, dot: &Value<'a>, list: &'a List) -> Result<(), Stop> {
        list.nodes.iter().try_for_each(|node| self.node(dot, node))
    }

    fn node(&mut self, dot: &Value<'a>, node: &'a Node) -> Result<(), Stop> {
        match node {
            Node::Text(text) => self.write(text.as_bytes()),
            Node::Action(action) => {
                self.step(action)?;
                let value = self.pipeline(dot, &action.pipeline)?;
                if action.pipeline.variables.is_empty() {
                    self.place = action;
                    self.print(&value)?;
                }
                Ok(())
            }
            Node::If(branch) | Node::With(branch) => {
                self.step(branch)?;
                self.in_scope(|run| run.branch(dot, branch))
            }
            Node::Range(branch) => {
                self.step(branch)?;
                self.in_scope(|run| run.range(dot, branch))
            }
            Node::Template(call) => {
                self.step(call)?;
                self.template(dot, call)
            }
            Node::Break => Err(Stop::Break),
            Node::Continue => Err(Stop::Continue),
        }
    }

    fn branch(&mut self, dot: &Value<'a>, branch: &'a Branch) -> Result<(), Stop> {
        let value = self.pipeline(dot, &branch.pipeline)?;
        if value.is_true() {
            let inside = if branch.kind == BranchKind::With { &value } else { dot };
            return self.list(inside, &branch.list);
        }
        branch.otherwise.as_ref().map_or(Ok(()), |otherwise| self.list(dot, otherwise))
    }

    fn range(&mut self, dot: &Value<'a>, branch: &'a Branch) -> Result<(), Stop> {
        let value = self.pipeline(dot, &branch.pipeline)?;
        let rounds = self.rounds(&value, branch)?;
        let mut is_empty = true;
        for (index, element) in rounds {
            is_empty = false;
            self.step(branch)?;
            self.loop_variables(branch, index, &element)?;
            match self.in_scope(|run| run.list(&element, &branch.list)) {
                Ok(()) | Err(Stop::Continue) => {}
                Err(Stop::Break) => return Ok(()),
                Err(failed) => return Err(failed),
            }
        }
        match &branch.otherwise {
            // A `break` in the list of `else` is refused by the parser.
            Some(otherwise) if is_empty => self.list(dot, otherwise),
            _ => Ok(()),
        }
    }

    /// What a loop goes over: for each round the index or key, and the element.
    fn rounds(
        &self,
        value: &Value<'a>,
        branch: &'a Branch,
    ) -> Result<Box<dyn Iterator<Item = (Value<'a>, Value<'a>)> + 'a>, Stop> {
        let counted = |most: i64, of: fn(i64) -> Value<'a>| -> Result<_, Stop> {
            if branch.pipeline.variables.len() > 1 {
                let shown = self.shown(value)?;
                let shown = String::from_utf8_lossy(&shown);
                return Err(self.fail(format!("can't use {shown} to iterate over more than one variable")));
            }
            let rounds = (0..most).map(move |number| (Value::Nothing, of(number)));
            Ok(Box::new(rounds) as Box<dyn Iterator<Item = _> + 'a>)
        };
        match value {
            Value::Nothing => Ok(Box::new(std::iter::empty())),
            Value::Int(most) => counted(*most, Value::Int),
            Value::Int64(most) => counted(*most, Value::Int64),
            Value::Duration(most) => counted(*most, Value::Duration),
            Value::Byte(most) => counted(i64::from(*most), |number| Value::Byte(number as u8)),
            Value::Constant(constant) => counted(constant.number, Value::Int),
            Value::List(list) => {
                let list = list.clone();
                let element = move |at: usize| {
                    let item = list.items.get(at)?.clone().element_of(*list.element);
                    Some((Value::Int(at as i64), item))
                };
                Ok(Box::new((0..).map_while(element)))
            }
            Value::Map(_) | Value::Texts(_) => {
                let entries = value.entries().unwrap_or_default();
                Ok(Box::new(entries.into_iter().map(|(key, element)| (Value::Text(key), element))))
            }
            other => {
                let shown = self.shown(other)?;
                Err(self.fail(format!("range can't iterate over {}", String::from_utf8_lossy(&shown))))
            }
        }
    }

    fn loop_variables(&mut self, branch: &'a Branch, index: Value<'a>, element: &Value<'a>) -> Result<(), Stop> {
        let pipeline = &branch.pipeline;
        match (pipeline.variables.as_slice(), pipeline.is_assignment) {
            ([], _) => Ok(()),
            ([only], true) => self.assign(only, element.clone()),
            ([first, second, ..], true) => {
                self.assign(first, index)?;
                self.assign(second, element.clone())
            }
            (declared, false) => {
                self.assign_from_end(1, element.clone());
                if declared.len() > 1 {
                    self.assign_from_end(2, index);
                }
                Ok(())
            }
        }
    }

    fn template(&mut self, dot: &Value<'a>, call: &'a Call) -> Result<(), Stop> {
        let Some(list) = self.setting.templates.get(&call.name) else {
            return Err(self.fail(format!("template {:?} not defined", call.name)));
        };
        let data = match &call.pipeline {
            Some(pipeline) => self.pipeline(dot, pipeline)?,
            None => Value::Nothing,
        };
        self.in_template(&call.name, data.clone(), |run| run.list(&data, list))
    }
}
