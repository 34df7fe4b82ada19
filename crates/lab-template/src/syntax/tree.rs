//! The syntax tree of a template.

use super::number::Number;
use crate::functions::builtin::Builtin;
use crate::functions::signature::Signature;

/// Parts one after another.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub(crate) at: usize,
    pub(crate) nodes: Vec<Node>,
}

/// A part of a template.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// Text outside of braces.
    Text(String),
    /// A pipeline whose value is printed, unless it is assigned.
    Action(Action),
    If(Branch),
    With(Branch),
    Range(Branch),
    /// A defined template is executed here.
    Template(Call),
    Break,
    Continue,
}

/// A pipeline between braces.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) at: usize,
    pub(crate) pipeline: Pipeline,
}

/// Which keyword a branch has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BranchKind {
    If,
    With,
    Range,
}

impl BranchKind {
    /// The word that opens the branch.
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::With => "with",
            Self::Range => "range",
        }
    }
}

/// `if`, `with` or `range`.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) kind: BranchKind,
    pub(crate) pipeline: Pipeline,
    pub(crate) list: List,
    pub(crate) otherwise: Option<List>,
}

/// `template "name" pipeline`.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) at: usize,
    pub(crate) name: String,
    pub(crate) pipeline: Option<Pipeline>,
}

/// Commands, each of which gets the value of the one before as its last argument.
#[derive(Clone, Debug)]
pub(crate) struct Pipeline {
    pub(crate) at: usize,
    /// True for `=`, false for `:=`.
    pub(crate) is_assignment: bool,
    /// The variables that are declared or assigned.
    pub(crate) variables: Vec<String>,
    pub(crate) commands: Vec<Command>,
}

/// An operand, or a function and its arguments.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) at: usize,
    pub(crate) operands: Vec<Operand>,
}

/// A word of a command.
#[derive(Clone, Debug)]
pub(crate) struct Operand {
    pub(crate) at: usize,
    pub(crate) kind: OperandKind,
}

/// What a word of a command is.
#[derive(Clone, Debug)]
pub(crate) enum OperandKind {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    Text {
        quoted: String,
        bytes: Vec<u8>,
    },
    // `.a.b`
    Field(Vec<String>),
    /// `$x.a.b`: the first is the variable's name with its dollar sign.
    Variable(Vec<String>),
    Function {
        name: String,
        callee: Callee,
    },
    Pipeline(Pipeline),
    /// Fields of the value of a function or a parenthesised pipeline.
    Chain(Box<Operand>, Vec<String>),
}

/// A function that a name stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Callee {
    /// One that every template has.
    Builtin(Builtin),
    /// One of the table that was handed in, by its index.
    Table(usize, Signature),
}

/// True if there is nothing but white space.
pub(crate) fn is_empty(list: &List) -> bool {
    list.nodes.iter().all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()))
}
