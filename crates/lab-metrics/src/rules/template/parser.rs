//! From the text of a template to its nodes.

use super::functions::{self, Function};
use super::lexer::{Token, tokens};

/// How deep parentheses and conditions may be nested.
const MAX_DEPTH: usize = 20;

/// A part of a template.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Text(String),
    Put(Pipeline),
    If { branches: Vec<(Pipeline, Vec<Node>)>, otherwise: Vec<Node> },
}

/// Commands, the value of each handed to the next.
#[derive(Clone, Debug)]
pub(crate) struct Pipeline(pub(crate) Vec<Vec<Operand>>);

/// A part of a command.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    Number(f64),
    Text(String),
    Value,
    Label(String),
    Labels,
    /// What the lab has none of: external labels, an external URL.
    Nothing,
    Group(Pipeline),
    Function(&'static Function),
}

/// Parses a template.
pub(crate) fn parse(text: &str) -> Result<Vec<Node>, String> {
    let mut parts = split(text)?.into_iter().peekable();
    let nodes = nodes(&mut parts, 0)?;
    match parts.next() {
        Some(Part::Action(action)) => Err(format!("unexpected {{{{ {action} }}}}")),
        _ => Ok(nodes),
    }
}

enum Part<'t> {
    Text(&'t str),
    Action(&'t str),
}

fn split(text: &str) -> Result<Vec<Part<'_>>, String> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(open) = rest.find("{{") {
        let mut before = &rest[..open];
        let mut inside = &rest[open + 2..];
        if let Some(cut) = inside.strip_prefix("- ") {
            (before, inside) = (before.trim_end(), cut);
        }
        let length = end_of_action(inside).ok_or("unclosed action: }} is missing")?;
        let mut action = &inside[..length];
        rest = &inside[length + 2..];
        if let Some(cut) = action.strip_suffix(" -") {
            (action, rest) = (cut, rest.trim_start());
        }
        parts.push(Part::Text(before));
        let action = action.trim();
        if !(action.starts_with("/*") && action.ends_with("*/")) {
            parts.push(Part::Action(action));
        }
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

/// Where `}}` stands outside of quotes.
fn end_of_action(text: &str) -> Option<usize> {
    let (mut quote, mut escaped) = (None, false);
    for (at, c) in text.char_indices() {
        match (c, quote) {
            _ if escaped => escaped = false,
            ('\\', Some('"')) => escaped = true,
            (c, Some(open)) => quote = (c != open).then_some(open),
            ('"' | '`', None) => quote = Some(c),
            ('}', None) if text[at..].starts_with("}}") => return Some(at),
            _ => {}
        }
    }
    None
}

type Parts<'t> = std::iter::Peekable<std::vec::IntoIter<Part<'t>>>;

/// Nodes up to an `else` or `end` that is not theirs.
fn nodes(parts: &mut Parts<'_>, depth: usize) -> Result<Vec<Node>, String> {
    if depth > MAX_DEPTH {
        return Err("nested too deeply".to_owned());
    }
    let mut nodes = Vec::new();
    while let Some(part) = parts.next_if(|part| !matches!(part, Part::Action(text) if is_boundary(text))) {
        match part {
            Part::Text("") => {}
            Part::Text(text) => nodes.push(Node::Text(text.to_owned())),
            Part::Action(action) => nodes.push(match after_word(action, "if") {
                Some(condition) => conditional(condition, parts, depth)?,
                None => Node::Put(pipeline(action)?),
            }),
        }
    }
    Ok(nodes)
}

fn conditional(condition: &str, parts: &mut Parts<'_>, depth: usize) -> Result<Node, String> {
    let mut branches = vec![(pipeline(condition)?, nodes(parts, depth + 1)?)];
    let mut otherwise = Vec::new();
    loop {
        let Some(Part::Action(action)) = parts.next() else { return Err("{{ end }} is missing".to_owned()) };
        match after_word(action, "else") {
            None => return Ok(Node::If { branches, otherwise }),
            Some("") => otherwise = nodes(parts, depth + 1)?,
            Some(rest) => {
                let condition = after_word(rest, "if").ok_or_else(|| format!("unexpected {rest:?} after else"))?;
                branches.push((pipeline(condition)?, nodes(parts, depth + 1)?));
            }
        }
    }
}

fn is_boundary(action: &str) -> bool {
    action == "end" || after_word(action, "else").is_some()
}

fn after_word<'t>(action: &'t str, word: &str) -> Option<&'t str> {
    let rest = action.strip_prefix(word)?;
    (rest.is_empty() || rest.starts_with([' ', '(', '\t', '\n'])).then(|| rest.trim())
}

fn pipeline(action: &str) -> Result<Pipeline, String> {
    let tokens = tokens(action)?;
    let mut rest = tokens.as_slice();
    let pipeline = commands(&mut rest, 0)?;
    if rest.is_empty() { Ok(pipeline) } else { Err(format!("unexpected ) in {action:?}")) }
}

/// Commands up to the end or a closing parenthesis.
fn commands(rest: &mut &[Token], depth: usize) -> Result<Pipeline, String> {
    if depth > MAX_DEPTH {
        return Err("nested too deeply".to_owned());
    }
    let mut commands: Vec<Vec<Operand>> = vec![Vec::new()];
    while let Some((token, after)) = rest.split_first() {
        if *token == Token::Close {
            break;
        }
        *rest = after;
        let operand = match token {
            Token::Pipe => {
                commands.push(Vec::new());
                continue;
            }
            Token::Open => {
                let inner = commands_in_parentheses(rest, depth)?;
                Operand::Group(inner)
            }
            Token::Number(number) => Operand::Number(*number),
            Token::Text(text) => Operand::Text(text.clone()),
            Token::Word(word) if matches!(word.as_str(), "true" | "false") => {
                Operand::Number(f64::from(u8::from(word == "true")))
            }
            Token::Word(name) => {
                Operand::Function(functions::find(name).ok_or_else(|| format!("function {name:?} not defined"))?)
            }
            Token::Variable(name, field) => {
                variable(name, field.as_deref()).ok_or_else(|| format!("undefined variable \"${name}\""))?
            }
            Token::Field(name, field) => {
                field_of_dot(name, field.as_deref()).ok_or_else(|| format!("can't evaluate field {name}"))?
            }
            Token::Close => break,
        };
        if let Some(command) = commands.last_mut() {
            command.push(operand);
        }
    }
    for (at, command) in commands.iter().enumerate() {
        check(command, at > 0)?;
    }
    Ok(Pipeline(commands))
}

fn commands_in_parentheses(rest: &mut &[Token], depth: usize) -> Result<Pipeline, String> {
    let inner = commands(rest, depth + 1)?;
    match rest.split_first() {
        Some((Token::Close, after)) => *rest = after,
        _ => return Err("unclosed left parenthesis".to_owned()),
    }
    Ok(inner)
}

/// A command is a function with as many arguments as it takes, or a single value.
fn check(command: &[Operand], is_piped: bool) -> Result<(), String> {
    match command {
        [] => Err("missing value for command".to_owned()),
        [Operand::Function(function), arguments @ ..] => function.check(arguments.len() + usize::from(is_piped)),
        [_] if is_piped => Err("non executable command in pipeline".to_owned()),
        [_] => Ok(()),
        _ => Err("can't give arguments to a value that is no function".to_owned()),
    }
}

fn variable(name: &str, field: Option<&str>) -> Option<Operand> {
    match (name, field) {
        ("labels", Some(name)) => Some(Operand::Label(name.to_owned())),
        ("labels", None) => Some(Operand::Labels),
        ("value", None) => Some(Operand::Value),
        ("externalLabels" | "externalURL", _) => Some(Operand::Nothing),
        _ => None,
    }
}

fn field_of_dot(name: &str, field: Option<&str>) -> Option<Operand> {
    match name {
        "Labels" => variable("labels", field),
        "Value" => variable("value", field),
        "ExternalLabels" | "ExternalURL" => Some(Operand::Nothing),
        _ => None,
    }
}
