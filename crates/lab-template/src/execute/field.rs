//! Fields of structures, keys of maps and methods: `.a.b`, `$x.a`, `(…).a`.

use super::method;
use super::run::{Run, Stop};
use crate::syntax::tree::{Operand, OperandKind};
use crate::value::datum::{Texts, Value};
use crate::value::kind::Type;
use crate::value::text::Text;

impl<'a> Run<'a> {
    /// The field of a parenthesised pipeline or a function's value.
    pub(crate) fn chain(
        &mut self,
        dot: &Value<'a>,
        at: &'a Operand,
        of: &'a Operand,
        names: &'a [String],
        arguments: (&'a [Operand], Option<Value<'a>>),
    ) -> Result<Value<'a>, Stop> {
        self.place = at;
        if let OperandKind::Nil = of.kind {
            return Err(self.fail(format!("indirection through explicit nil in {at}")));
        }
        let receiver = self.argument(dot, Type::Reflected, of)?;
        self.fields(dot, receiver, at, names, arguments)
    }

    /// A variable, or a field of it.
    pub(crate) fn variable_fields(
        &mut self,
        dot: &Value<'a>,
        at: &'a Operand,
        names: &'a [String],
        arguments: (&'a [Operand], Option<Value<'a>>),
    ) -> Result<Value<'a>, Stop> {
        self.place = at;
        let Some((variable, fields)) = names.split_first() else { return Ok(Value::Nothing) };
        let value = self.variable(variable)?;
        if fields.is_empty() {
            self.refuse_arguments(at, arguments.0, arguments.1.as_ref())?;
            return Ok(value);
        }
        self.fields(dot, value, at, fields, arguments)
    }

    /// A field of a field …; the last one gets the arguments.
    pub(crate) fn fields(
        &mut self,
        dot: &Value<'a>,
        receiver: Value<'a>,
        at: &'a Operand,
        names: &'a [String],
        arguments: (&'a [Operand], Option<Value<'a>>),
    ) -> Result<Value<'a>, Stop> {
        let Some((last, before)) = names.split_last() else { return Ok(receiver) };
        let mut receiver = receiver;
        for name in before {
            receiver = self.field(dot, &receiver, at, name, (&[], None))?;
        }
        self.field(dot, &receiver, at, last, arguments)
    }

    fn field(
        &mut self,
        dot: &Value<'a>,
        receiver: &Value<'a>,
        at: &'a Operand,
        name: &'a str,
        (arguments, last): (&'a [Operand], Option<Value<'a>>),
    ) -> Result<Value<'a>, Stop> {
        let has_arguments = !arguments.is_empty() || last.is_some();
        if let Some(method) = method::find(receiver.plain(), name) {
            return self.method(dot, receiver.plain(), at, method, (arguments, last));
        }
        let found = match receiver.plain() {
            Value::Nothing => return Ok(Value::Nothing),
            Value::Null => return Err(self.fail(format!("nil pointer evaluating interface {{}}.{name}"))),
            Value::Struct(it) => {
                let field = it.fields.iter().find(|(known, _)| *known == name);
                let field = field.map(|(_, value)| value.clone());
                if field.is_some() && has_arguments {
                    return Err(self.fail(format!("{name} has arguments but cannot be invoked as function")));
                }
                field
            }
            Value::Map(map) => {
                let found = map.entries.get(&Text::from(name)).cloned();
                Some(found.map_or_else(|| self.missing(*map.element), |value| value.element_of(*map.element)))
            }
            Value::Texts(texts) => {
                let texts: &'a dyn Texts = *texts;
                let found = texts.get(name).map(Value::text);
                Some(found.unwrap_or_else(|| self.missing(Type::Text)))
            }
            _ => None,
        };
        match found {
            Some(_) if has_arguments => Err(self.fail(format!("{name} is not a method but has arguments"))),
            Some(value) => Ok(value),
            None => Err(self.fail(format!("can't evaluate field {name} in type {}", receiver.type_name()))),
        }
    }

    /// What a key that the map lacks stands for.
    fn missing(&self, element: Type) -> Value<'a> {
        if self.setting.missing_is_zero { Value::zero(element) } else { Value::Nothing }
    }

    fn method(
        &mut self,
        dot: &Value<'a>,
        receiver: &Value<'a>,
        at: &'a Operand,
        method: &'static method::Method,
        (arguments, last): (&'a [Operand], Option<Value<'a>>),
    ) -> Result<Value<'a>, Stop> {
        let signature = method.signature;
        self.count_arguments(signature.name, signature, arguments.len(), last.is_some())?;
        let values = self.values(dot, signature, (arguments, last))?;
        (method.body)(receiver, &values).map_err(|reason| {
            self.place = at;
            self.fail(format!("error calling {}: {reason}", signature.name))
        })
    }
}
