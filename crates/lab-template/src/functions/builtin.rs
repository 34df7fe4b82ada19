//! The functions that every template has.
//!
//! Source: <https://pkg.go.dev/text/template#hdr-Functions>.

use super::signature::Signature;
use super::{compare, escape, index};
use crate::budget::Budget;
use crate::format::directive::printf;
use crate::format::print;
use crate::format::writer::Writer;
use crate::value::datum::Value;
use crate::value::kind::Type;

/// A built-in function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    And,
    Call,
    Eq,
    Ge,
    Gt,
    Html,
    Index,
    Js,
    Le,
    Len,
    Lt,
    Ne,
    Not,
    Or,
    Print,
    Printf,
    Println,
    Slice,
    UrlQuery,
}

const ONE: &[Type] = &[Type::Reflected];
const TWO: &[Type] = &[Type::Reflected, Type::Reflected];
const MORE: Type = Type::Reflected;

const TABLE: [(Signature, Builtin); 19] = [
    (Signature::variadic("and", ONE, MORE), Builtin::And),
    (Signature::variadic("call", ONE, MORE), Builtin::Call),
    (Signature::variadic("eq", ONE, MORE), Builtin::Eq),
    (Signature::new("ge", TWO), Builtin::Ge),
    (Signature::new("gt", TWO), Builtin::Gt),
    (Signature::variadic("html", &[], Type::Any), Builtin::Html),
    (Signature::variadic("index", ONE, MORE), Builtin::Index),
    (Signature::variadic("js", &[], Type::Any), Builtin::Js),
    (Signature::new("le", TWO), Builtin::Le),
    (Signature::new("len", ONE), Builtin::Len),
    (Signature::new("lt", TWO), Builtin::Lt),
    (Signature::new("ne", TWO), Builtin::Ne),
    (Signature::new("not", ONE), Builtin::Not),
    (Signature::variadic("or", ONE, MORE), Builtin::Or),
    (Signature::variadic("print", &[], Type::Any), Builtin::Print),
    (Signature::variadic("printf", &[Type::Text], Type::Any), Builtin::Printf),
    (Signature::variadic("println", &[], Type::Any), Builtin::Println),
    (Signature::variadic("slice", ONE, MORE), Builtin::Slice),
    (Signature::variadic("urlquery", &[], Type::Any), Builtin::UrlQuery),
];

impl Builtin {
    /// The function of this name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        TABLE.iter().find(|(signature, _)| signature.name == name).map(|(_, builtin)| *builtin)
    }

    /// The name and the parameters.
    pub(crate) fn signature(self) -> Signature {
        let row = TABLE.iter().find(|(_, builtin)| *builtin == self);
        row.map_or(Signature::new("", &[]), |(signature, _)| *signature)
    }

    /// Calls the function. `and` and `or` are not called: who executes them skips what need not be evaluated.
    pub(crate) fn call<'a>(self, arguments: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, String> {
        let compared =
            |arguments: &[Value<'a>], holds: fn(&Value<'a>, &Value<'a>) -> Result<bool, String>| match arguments {
                [left, right] => holds(left, right).map(Value::Bool),
                _ => Err("a comparison needs exactly two arguments".to_owned()),
            };
        let values: Vec<_> = arguments.iter().map(|value| value.clone().unboxed()).collect();
        // Go does not take the indexes of a slice out of what holds them.
        let indexes = arguments.get(1..).unwrap_or_default();
        let arguments = values.as_slice();
        let (first, rest) = arguments.split_first().unwrap_or((&Value::Nothing, &[]));
        match self {
            Self::And | Self::Or => Ok(arguments.last().cloned().unwrap_or(Value::Nothing)),
            // Values of ours are never functions.
            Self::Call if matches!(first, Value::Nothing | Value::Null) => Err("call of nil".to_owned()),
            Self::Call => Err(format!("non-function of type {}", first.type_name())),
            Self::Eq => compare::equals_any(first, rest).map(Value::Bool),
            Self::Ne => compared(arguments, |left, right| compare::equals(left, right).map(|equal| !equal)),
            Self::Lt => compared(arguments, compare::less),
            Self::Le => compared(arguments, compare::less_or_equal),
            Self::Gt => compared(arguments, |left, right| compare::less_or_equal(left, right).map(|is| !is)),
            Self::Ge => compared(arguments, |left, right| compare::less(left, right).map(|is| !is)),
            Self::Index => index::index(first, rest),
            Self::Slice => {
                let part = index::slice(first, indexes)?;
                if let Value::Text(text) = &part {
                    budget.reserve(text.len())?;
                }
                Ok(part)
            }
            Self::Len => index::len(first).map(Value::Int),
            Self::Not => Ok(Value::Bool(!first.is_true())),
            Self::Print => written(budget, |out| print::spaced(out, arguments)),
            Self::Println => written(budget, |out| print::line(out, arguments)),
            Self::Printf => {
                let Value::Text(format) = first else { return Err("the format is not a string".to_owned()) };
                written(budget, |out| printf(out, format.bytes(), rest))
            }
            Self::Html => escaped(arguments, budget, escape::html),
            Self::Js => escaped(arguments, budget, escape::js),
            Self::UrlQuery => escaped(arguments, budget, escape::url_query),
        }
    }
}

/// A text, made within the budget.
fn written<'a>(budget: &mut Budget, write: impl FnOnce(&mut Writer)) -> Result<Value<'a>, String> {
    let mut out = Writer::new(budget.longest());
    write(&mut out);
    let text = out.finish().ok_or_else(|| budget.too_long())?;
    budget.reserve(text.len())?;
    Ok(Value::text(text))
}

/// Arguments as one text, escaped.
fn escaped<'a>(
    arguments: &[Value<'a>],
    budget: &mut Budget,
    escape: fn(&[u8]) -> Vec<u8>,
) -> Result<Value<'a>, String> {
    let shown: Vec<_> = arguments.iter().map(printable).collect();
    let Value::Text(plain) = written(budget, |out| print::spaced(out, &shown))? else { return Ok(Value::Nothing) };
    let text = escape(plain.bytes());
    budget.reserve(text.len())?;
    Ok(Value::text(text))
}

/// No value is escaped as the text that stands for it.
fn printable<'a>(value: &Value<'a>) -> Value<'a> {
    if matches!(value, Value::Nothing | Value::Null) { Value::text("<no value>") } else { value.clone() }
}
