//! Parts of a template as text again, for messages, and where they stand.

use std::fmt::{Display, Formatter, Result};

use super::tree::{Action, Branch, Call, Command, List, Node, Operand, OperandKind, Pipeline};

/// A part of a template that a message can point at.
pub(crate) trait Located: Display {
    /// Where it begins, in bytes.
    fn at(&self) -> usize;
}

impl Located for Action {
    fn at(&self) -> usize {
        self.at
    }
}

impl Located for Branch {
    fn at(&self) -> usize {
        self.pipeline.at
    }
}

impl Located for Call {
    fn at(&self) -> usize {
        self.at
    }
}

impl Located for Command {
    fn at(&self) -> usize {
        self.at
    }
}

impl Located for List {
    fn at(&self) -> usize {
        self.at
    }
}

impl Located for Operand {
    fn at(&self) -> usize {
        self.at
    }
}

impl Located for Pipeline {
    fn at(&self) -> usize {
        self.at
    }
}

impl Display for List {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.nodes.iter().try_for_each(|node| node.fmt(f))
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Action(action) => action.fmt(f),
            Self::If(branch) | Self::With(branch) | Self::Range(branch) => branch.fmt(f),
            Self::Template(call) => call.fmt(f),
            Self::Break => f.write_str("{{break}}"),
            Self::Continue => f.write_str("{{continue}}"),
        }
    }
}

impl Display for Action {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{{{{{}}}}}", self.pipeline)
    }
}

impl Display for Branch {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{{{{{} {}}}}}{}", self.kind.keyword(), self.pipeline, self.list)?;
        if let Some(otherwise) = &self.otherwise {
            write!(f, "{{{{else}}}}{otherwise}")?;
        }
        f.write_str("{{end}}")
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{{{{template {:?}", self.name)?;
        if let Some(pipeline) = &self.pipeline {
            write!(f, " {pipeline}")?;
        }
        f.write_str("}}")
    }
}

impl Display for Pipeline {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if !self.variables.is_empty() {
            write!(f, "{} {} ", self.variables.join(", "), if self.is_assignment { "=" } else { ":=" })?;
        }
        for (at, command) in self.commands.iter().enumerate() {
            f.write_str(if at > 0 { " | " } else { "" })?;
            command.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (at, operand) in self.operands.iter().enumerate() {
            f.write_str(if at > 0 { " " } else { "" })?;
            grouped(operand, f)?;
        }
        Ok(())
    }
}

/// A pipeline among other words needs its parentheses.
fn grouped(operand: &Operand, f: &mut Formatter<'_>) -> Result {
    match &operand.kind {
        OperandKind::Pipeline(pipeline) => write!(f, "({pipeline})"),
        _ => operand.fmt(f),
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.kind {
            OperandKind::Dot => f.write_str("."),
            OperandKind::Nil => f.write_str("nil"),
            OperandKind::Bool(truth) => truth.fmt(f),
            OperandKind::Number(number) => f.write_str(&number.text),
            OperandKind::Text { quoted, .. } => f.write_str(quoted),
            OperandKind::Field(names) => names.iter().try_for_each(|name| write!(f, ".{name}")),
            OperandKind::Variable(names) => f.write_str(&names.join(".")),
            OperandKind::Function { name, .. } => f.write_str(name),
            OperandKind::Pipeline(pipeline) => pipeline.fmt(f),
            OperandKind::Chain(of, names) => {
                grouped(of, f)?;
                names.iter().try_for_each(|name| write!(f, ".{name}"))
            }
        }
    }
}
