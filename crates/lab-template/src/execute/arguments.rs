//! Arguments: evaluated for the type that the function takes.

use super::run::{Run, Stop};
use crate::syntax::tree::{Operand, OperandKind};
use crate::value::datum::Value;
use crate::value::kind::Type;
use crate::value::text::Text;

impl<'a> Run<'a> {
    /// The value of an argument, of the type that is wanted.
    pub(crate) fn argument(&mut self, dot: &Value<'a>, wanted: Type, argument: &'a Operand) -> Result<Value<'a>, Stop> {
        self.place = argument;
        let none = (&[][..], None);
        let value = match &argument.kind {
            OperandKind::Nil if wanted.may_be_nil() => return Ok(Value::zero(wanted)),
            OperandKind::Nil => return Err(self.fail(format!("cannot assign nil to {wanted}"))),
            OperandKind::Dot => dot.clone(),
            OperandKind::Field(names) => self.fields(dot, dot.clone(), argument, names, none)?,
            OperandKind::Variable(names) => self.variable_fields(dot, argument, names, none)?,
            OperandKind::Pipeline(pipeline) => self.nested(|run| run.pipeline(dot, pipeline))?,
            OperandKind::Function { name, callee } => {
                self.step(argument)?;
                self.function(dot, argument, name, *callee, none)?
            }
            OperandKind::Chain(of, names) => self.chain(dot, argument, of, names, none)?,
            _ => return self.constant_of(wanted, argument),
        };
        self.fit(value, wanted)
    }

    /// A constant of the type that is wanted.
    fn constant_of(&self, wanted: Type, argument: &'a Operand) -> Result<Value<'a>, Stop> {
        let found = match (wanted, &argument.kind) {
            (Type::Any | Type::Reflected, OperandKind::Number(number)) => return self.ideal(number),
            (Type::Bool | Type::Any | Type::Reflected, OperandKind::Bool(truth)) => Some(Value::Bool(*truth)),
            (Type::Text | Type::Any | Type::Reflected, OperandKind::Text { bytes, .. }) => {
                Some(Value::Text(Text::Borrowed(bytes)))
            }
            (Type::Int, OperandKind::Number(number)) => number.int.map(Value::Int),
            (Type::Int64, OperandKind::Number(number)) => number.int.map(Value::Int64),
            (Type::Byte, OperandKind::Number(number)) => number.uint.map(|number| Value::Byte(number as u8)),
            (Type::Float, OperandKind::Number(number)) => number.float.map(Value::Float),
            (Type::Complex, OperandKind::Number(number)) => {
                number.complex.map(|(real, imaginary)| Value::Complex(real, imaginary))
            }
            _ => None,
        };
        found.ok_or_else(|| {
            self.fail(match wanted {
                Type::Bool => format!("expected bool; found {argument}"),
                Type::Text => format!("expected string; found {argument}"),
                Type::Int | Type::Int64 => format!("expected integer; found {argument}"),
                Type::Byte => format!("expected unsigned integer; found {argument}"),
                Type::Float => format!("expected float; found {argument}"),
                Type::Complex => format!("expected complex; found {argument}"),
                _ => format!("can't handle {argument} for arg of type {wanted}"),
            })
        })
    }

    /// The value if it is of the type that is wanted.
    pub(crate) fn fit(&self, value: Value<'a>, wanted: Type) -> Result<Value<'a>, Stop> {
        let value = if wanted == Type::Reflected { value } else { value.unboxed() };
        let Some(kind) = value.kind() else {
            return if wanted.may_be_nil() {
                Ok(Value::zero(wanted))
            } else {
                Err(self.fail(format!("invalid value; expected {wanted}")))
            };
        };
        let fits = matches!(wanted, Type::Any | Type::Reflected) || kind == wanted;
        if fits { Ok(value) } else { Err(self.fail(format!("wrong type for value; expected {wanted}; got {kind}"))) }
    }
}
