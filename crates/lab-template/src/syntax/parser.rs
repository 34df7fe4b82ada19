//! The parser: control structures and definitions.
//!
//! ```text
//! template = { text | "{{" action "}}" | comment }
//! action   = pipeline
//!          | "if" pipeline … [ "else" [ "if" pipeline ] … ] "end"         the same with "with"
//!          | "range" [ $i [ "," $v ] ":=" ] pipeline … [ "else" … ] "end"
//!          | "break" | "continue"
//!          | "define" string … "end" | "block" string pipeline … "end" | "template" string [ pipeline ]
//! ```
//!
//! Source: <https://pkg.go.dev/text/template>.

use std::collections::HashMap;

use super::cursor::{Cursor, Find, Reason, unexpected};
use super::token::{Kind, Token};
use super::tree::{Action, Branch, BranchKind, Call, List, Node};
use super::{lexer, literal, pipeline};
use crate::error::TemplateError;

/// Parses a text; the template itself is among the defined ones by its own name.
pub(crate) fn parse(name: &str, text: &str, find: Find<'_>) -> Result<HashMap<String, List>, TemplateError> {
    let mut cursor = Cursor::new(lexer::tokens(text), find);
    match template(&mut cursor, name) {
        Ok(()) => Ok(cursor.templates),
        Err(reason) => Err(cursor.locate(name, text, reason)),
    }
}

/// What ends a list.
enum Ending {
    End,
    Else,
}

impl Ending {
    fn text(&self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else => "{{else}}",
        }
    }
}

/// A part of a template, or what ends the list that it would belong to.
enum Part {
    Node(Node),
    Ending(Ending),
}

fn template(cursor: &mut Cursor<'_>, name: &str) -> Result<(), Reason> {
    let mut list = List { at: cursor.peek().at, nodes: Vec::new() };
    while cursor.peek().kind != Kind::Eof {
        if cursor.peek().kind == Kind::LeftDelimiter {
            let here = cursor.position();
            cursor.take();
            if cursor.take_word().kind == Kind::Define {
                definition(cursor)?;
                continue;
            }
            cursor.rewind(here);
        }
        match part(cursor)? {
            Part::Node(node) => list.nodes.push(node),
            Part::Ending(ending) => return Err(format!("unexpected {}", ending.text())),
        }
    }
    cursor.define(name.to_owned(), list)
}

fn definition(cursor: &mut Cursor<'_>) -> Result<(), Reason> {
    let context = "define clause";
    let token = cursor.take_word();
    let name = template_name(&token, context)?;
    cursor.expect(Kind::RightDelimiter, context)?;
    own_list(cursor, name, context)
}

/// A list with variables and loops of its own, kept under a name.
fn own_list(cursor: &mut Cursor<'_>, name: String, context: &str) -> Result<(), Reason> {
    let variables = std::mem::replace(&mut cursor.variables, vec!["$".to_owned()]);
    let ranges = std::mem::take(&mut cursor.ranges);
    let action = cursor.action.take();
    let (list, ending) = cursor.nested(item_list)?;
    if let Ending::Else = ending {
        return Err(format!("unexpected {} in {context}", ending.text()));
    }
    cursor.variables = variables;
    cursor.ranges = ranges;
    cursor.action = action;
    cursor.define(name, list)
}

fn item_list(cursor: &mut Cursor<'_>) -> Result<(List, Ending), Reason> {
    let mut list = List { at: cursor.peek_word().at, nodes: Vec::new() };
    while cursor.peek_word().kind != Kind::Eof {
        match part(cursor)? {
            Part::Node(node) => list.nodes.push(node),
            Part::Ending(ending) => return Ok((list, ending)),
        }
    }
    cursor.take();
    Err("unexpected EOF".to_owned())
}

fn part(cursor: &mut Cursor<'_>) -> Result<Part, Reason> {
    let token = cursor.take_word();
    match token.kind {
        Kind::Text => Ok(Part::Node(Node::Text(token.text))),
        Kind::LeftDelimiter => {
            cursor.action = Some(token.at);
            let part = action(cursor)?;
            cursor.action = None;
            Ok(part)
        }
        _ => Err(unexpected(&token, "input")),
    }
}

fn action(cursor: &mut Cursor<'_>) -> Result<Part, Reason> {
    cursor.peek_word();
    let here = cursor.position();
    let token = cursor.take();
    Ok(Part::Node(match token.kind {
        Kind::Block => block(cursor)?,
        Kind::Break => loop_control(cursor, "break", Node::Break)?,
        Kind::Continue => loop_control(cursor, "continue", Node::Continue)?,
        Kind::Else => return else_clause(cursor),
        Kind::End => {
            cursor.expect(Kind::RightDelimiter, "end")?;
            return Ok(Part::Ending(Ending::End));
        }
        Kind::If => Node::If(branch(cursor, BranchKind::If)?),
        Kind::Range => Node::Range(branch(cursor, BranchKind::Range)?),
        Kind::With => Node::With(branch(cursor, BranchKind::With)?),
        Kind::Template => call(cursor)?,
        _ => {
            cursor.rewind(here);
            let pipeline = pipeline::parse(cursor, "command", Kind::RightDelimiter)?;
            Node::Action(Action { at: token.at, pipeline })
        }
    }))
}

fn loop_control(cursor: &mut Cursor<'_>, word: &str, node: Node) -> Result<Node, Reason> {
    let context = format!("{{{{{word}}}}}");
    cursor.expect(Kind::RightDelimiter, &context)?;
    if cursor.ranges == 0 {
        return Err(format!("{context} outside {{{{range}}}}"));
    }
    Ok(node)
}

/// `else`, and perhaps `if` or `with`, which is left for the branch that it continues.
fn else_clause(cursor: &mut Cursor<'_>) -> Result<Part, Reason> {
    if !matches!(cursor.peek_word().kind, Kind::If | Kind::With) {
        cursor.expect(Kind::RightDelimiter, "else")?;
    }
    Ok(Part::Ending(Ending::Else))
}

fn branch(cursor: &mut Cursor<'_>, kind: BranchKind) -> Result<Branch, Reason> {
    cursor.nested(|cursor| {
        let known = cursor.variables.len();
        let context = kind.keyword();
        let pipeline = pipeline::parse(cursor, context, Kind::RightDelimiter)?;
        let is_range = usize::from(kind == BranchKind::Range);
        cursor.ranges += is_range;
        let (list, ending) = item_list(cursor)?;
        cursor.ranges -= is_range;
        let otherwise = match ending {
            Ending::End => None,
            Ending::Else => Some(else_list(cursor, kind)?),
        };
        cursor.variables.truncate(known);
        Ok(Branch { kind, pipeline, list, otherwise })
    })
}

fn else_list(cursor: &mut Cursor<'_>, kind: BranchKind) -> Result<List, Reason> {
    let at = cursor.peek().at;
    let chained = match (kind, cursor.peek().kind) {
        (BranchKind::If, Kind::If) => Node::If,
        (BranchKind::With, Kind::With) => Node::With,
        _ => {
            let (list, ending) = item_list(cursor)?;
            return match ending {
                Ending::End => Ok(list),
                Ending::Else => Err(format!("expected end; found {}", ending.text())),
            };
        }
    };
    cursor.take();
    Ok(List { at, nodes: vec![chained(branch(cursor, kind)?)] })
}

/// `block` defines a template and executes it in the same place.
fn block(cursor: &mut Cursor<'_>) -> Result<Node, Reason> {
    let context = "block clause";
    let token = cursor.take_word();
    let name = template_name(&token, context)?;
    let pipeline = pipeline::parse(cursor, context, Kind::RightDelimiter)?;
    own_list(cursor, name.clone(), context)?;
    Ok(Node::Template(Call { at: token.at, name, pipeline: Some(pipeline) }))
}

fn call(cursor: &mut Cursor<'_>) -> Result<Node, Reason> {
    let context = "template clause";
    let token = cursor.take_word();
    let name = template_name(&token, context)?;
    let pipeline = if cursor.peek_word().kind == Kind::RightDelimiter {
        cursor.take();
        None
    } else {
        Some(pipeline::parse(cursor, context, Kind::RightDelimiter)?)
    };
    Ok(Node::Template(Call { at: token.at, name, pipeline }))
}

fn template_name(token: &Token, context: &str) -> Result<String, Reason> {
    if !matches!(token.kind, Kind::Quoted | Kind::RawQuoted) {
        return Err(unexpected(token, context));
    }
    literal::unquote(&token.text).map(|name| String::from_utf8_lossy(&name).into_owned())
}
