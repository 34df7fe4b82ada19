//! The parser: pipelines, commands and operands.
//!
//! ```text
//! pipeline = [ $x ( ":=" | "=" ) ] command { "|" command }
//! command  = operand { space operand }
//! operand  = ( "." | nil | bool | number | string | field | variable | function | "(" pipeline ")" ) { field }
//! ```

use super::cursor::{Cursor, Reason, unexpected};
use super::literal;
use super::number::Number;
use super::token::{Kind, Token};
use super::tree::{Command, Operand, OperandKind, Pipeline};

/// Reads a pipeline up to its end, which is taken too.
pub(crate) fn parse(cursor: &mut Cursor<'_>, context: &str, end: Kind) -> Result<Pipeline, Reason> {
    let at = cursor.peek_word().at;
    let mut pipeline = Pipeline { at, is_assignment: false, variables: Vec::new(), commands: Vec::new() };
    declarations(cursor, context, &mut pipeline)?;
    loop {
        let token = cursor.peek_word().clone();
        match token.kind {
            kind if kind == end => {
                cursor.take();
                check(&pipeline, context)?;
                return Ok(pipeline);
            }
            kind if begins_operand(kind) => pipeline.commands.push(command(cursor)?),
            _ => {
                cursor.take();
                return Err(unexpected(&token, context));
            }
        }
    }
}

fn begins_operand(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Bool
            | Kind::Character
            | Kind::Complex
            | Kind::Dot
            | Kind::Field
            | Kind::Identifier
            | Kind::Number
            | Kind::Nil
            | Kind::RawQuoted
            | Kind::Quoted
            | Kind::Variable
            | Kind::LeftParenthesis
    )
}

/// `$x :=`, `$x =`, and in a range `$i, $v :=`.
fn declarations(cursor: &mut Cursor<'_>, context: &str, pipeline: &mut Pipeline) -> Result<(), Reason> {
    while cursor.peek_word().kind == Kind::Variable {
        let here = cursor.position();
        let name = cursor.take().text;
        let next = cursor.take_word();
        match next.kind {
            Kind::Assign | Kind::Declare => {
                pipeline.is_assignment = next.kind == Kind::Assign;
                pipeline.variables.push(name.clone());
                cursor.variables.push(name);
                return Ok(());
            }
            Kind::Punctuation if next.text == "," => {
                pipeline.variables.push(name.clone());
                cursor.variables.push(name);
                if context != "range" || pipeline.variables.len() >= 2 {
                    return Err(format!("too many declarations in {context}"));
                }
                let follows = cursor.peek_word().kind;
                if !matches!(follows, Kind::Variable | Kind::RightDelimiter | Kind::RightParenthesis) {
                    return Err("range can only initialize variables".to_owned());
                }
            }
            _ => {
                cursor.rewind(here);
                return Ok(());
            }
        }
    }
    Ok(())
}

fn check(pipeline: &Pipeline, context: &str) -> Result<(), Reason> {
    if pipeline.commands.is_empty() {
        return Err(format!("missing value for {context}"));
    }
    for (at, command) in pipeline.commands.iter().enumerate().skip(1) {
        let first = command.operands.first().map(|operand| &operand.kind);
        if matches!(
            first,
            Some(
                OperandKind::Bool(_)
                    | OperandKind::Dot
                    | OperandKind::Nil
                    | OperandKind::Number(_)
                    | OperandKind::Text { .. }
            )
        ) {
            return Err(format!("non executable command in pipeline stage {}", at + 1));
        }
    }
    Ok(())
}

fn command(cursor: &mut Cursor<'_>) -> Result<Command, Reason> {
    let at = cursor.peek_word().at;
    let mut operands = Vec::new();
    loop {
        cursor.peek_word();
        operands.extend(operand(cursor)?);
        match cursor.peek().kind {
            Kind::Space => {
                cursor.take();
            }
            Kind::RightDelimiter | Kind::RightParenthesis => break,
            Kind::Pipe => {
                cursor.take();
                break;
            }
            _ => {
                let token = cursor.take();
                return Err(unexpected(&token, "operand"));
            }
        }
    }
    if operands.is_empty() {
        return Err("empty command".to_owned());
    }
    Ok(Command { at, operands })
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Option<Operand>, Reason> {
    let Some(term) = term(cursor)? else { return Ok(None) };
    if cursor.peek().kind != Kind::Field {
        return Ok(Some(term));
    }
    let at = cursor.peek().at;
    let mut fields = Vec::new();
    while cursor.peek().kind == Kind::Field {
        fields.push(field_name(&cursor.take()));
    }
    let kind = match term.kind {
        OperandKind::Field(mut names) => {
            names.extend(fields);
            OperandKind::Field(names)
        }
        OperandKind::Variable(mut names) => {
            names.extend(fields);
            OperandKind::Variable(names)
        }
        OperandKind::Function { .. } | OperandKind::Pipeline(_) | OperandKind::Chain(..) => {
            OperandKind::Chain(Box::new(term), fields)
        }
        _ => return Err(format!("unexpected . after term {:?}", term.to_string())),
    };
    Ok(Some(Operand { at, kind }))
}

fn term(cursor: &mut Cursor<'_>) -> Result<Option<Operand>, Reason> {
    cursor.peek_word();
    let here = cursor.position();
    let token = cursor.take();
    let kind = match token.kind {
        Kind::Identifier => {
            let callee = (cursor.find)(&token.text);
            let callee = callee.ok_or_else(|| format!("function {:?} not defined", token.text))?;
            OperandKind::Function { name: token.text, callee }
        }
        Kind::Dot => OperandKind::Dot,
        Kind::Nil => OperandKind::Nil,
        Kind::Variable if cursor.variables.contains(&token.text) => OperandKind::Variable(vec![token.text]),
        Kind::Variable => return Err(format!("undefined variable {:?}", token.text)),
        Kind::Field => OperandKind::Field(vec![field_name(&token)]),
        Kind::Bool => OperandKind::Bool(token.text == "true"),
        Kind::Character | Kind::Complex | Kind::Number => OperandKind::Number(Number::parse(&token.text, token.kind)?),
        Kind::LeftParenthesis => OperandKind::Pipeline(
            cursor.nested(|cursor| parse(cursor, "parenthesized pipeline", Kind::RightParenthesis))?,
        ),
        Kind::Quoted | Kind::RawQuoted => {
            OperandKind::Text { bytes: literal::unquote(&token.text)?, quoted: token.text }
        }
        _ => {
            cursor.rewind(here);
            return Ok(None);
        }
    };
    Ok(Some(Operand { at: token.at, kind }))
}

fn field_name(token: &Token) -> String {
    token.text.trim_start_matches('.').to_owned()
}
