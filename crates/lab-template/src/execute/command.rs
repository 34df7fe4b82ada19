//! Executing pipelines and their commands.

use super::run::{Run, Stop};
use crate::functions::builtin::Builtin;
use crate::functions::signature::Signature;
use crate::syntax::number::Number;
use crate::syntax::show::Located;
use crate::syntax::tree::{Callee, Command, Operand, OperandKind, Pipeline};
use crate::value::datum::Value;
use crate::value::kind::Type;

impl<'a> Run<'a> {
    /// The value of a pipeline, which its variables get too.
    pub(crate) fn pipeline(&mut self, dot: &Value<'a>, pipeline: &'a Pipeline) -> Result<Value<'a>, Stop> {
        self.place = pipeline;
        let mut value = None;
        for command in &pipeline.commands {
            value = Some(self.command(dot, command, value)?.unwrapped());
        }
        let value = value.unwrap_or(Value::Nothing);
        for name in &pipeline.variables {
            if pipeline.is_assignment {
                self.assign(name, value.clone())?;
            } else {
                self.declare(name, value.clone());
            }
        }
        Ok(value)
    }

    fn command(&mut self, dot: &Value<'a>, command: &'a Command, last: Option<Value<'a>>) -> Result<Value<'a>, Stop> {
        let Some((first, arguments)) = command.operands.split_first() else { return Ok(Value::Nothing) };
        match &first.kind {
            OperandKind::Field(names) => {
                self.place = first;
                self.fields(dot, dot.clone(), first, names, (arguments, last))
            }
            OperandKind::Chain(of, names) => self.chain(dot, first, of, names, (arguments, last)),
            OperandKind::Function { name, callee } => {
                self.step(first)?;
                self.function(dot, command, name, *callee, (arguments, last))
            }
            OperandKind::Pipeline(pipeline) => {
                self.refuse_arguments(first, arguments, last.as_ref())?;
                self.nested(|run| run.pipeline(dot, pipeline))
            }
            OperandKind::Variable(names) => self.variable_fields(dot, first, names, (arguments, last)),
            constant => {
                self.place = first;
                self.refuse_arguments(first, arguments, last.as_ref())?;
                self.constant(dot, first, constant)
            }
        }
    }

    fn constant(&mut self, dot: &Value<'a>, at: &'a Operand, kind: &'a OperandKind) -> Result<Value<'a>, Stop> {
        match kind {
            OperandKind::Bool(truth) => Ok(Value::Bool(*truth)),
            OperandKind::Dot => Ok(dot.clone()),
            OperandKind::Nil => Err(self.fail("nil is not a command")),
            OperandKind::Number(number) => self.ideal(number),
            OperandKind::Text { bytes, .. } => Ok(Value::text(crate::value::text::Text::Borrowed(bytes))),
            _ => Err(self.fail(format!("can't evaluate command {:?}", at.to_string()))),
        }
    }

    /// The value of a numeric constant where no type is asked for.
    pub(crate) fn ideal(&self, number: &Number) -> Result<Value<'a>, Stop> {
        let text = number.text.as_str();
        if let Some((real, imaginary)) = number.complex {
            return Ok(Value::Complex(real, imaginary));
        }
        let is_hexadecimal =
            text.len() > 2 && text.to_ascii_lowercase().starts_with("0x") && !text.contains(['p', 'P']);
        let looks_float = text.contains(['.', 'e', 'E', 'p', 'P']) && !is_hexadecimal && !text.starts_with('\'');
        match number.float {
            Some(float) if looks_float => Ok(Value::Float(float)),
            _ => number.int.map(Value::Int).ok_or_else(|| self.fail(format!("{text} overflows int"))),
        }
    }

    /// Refuses arguments of what is no function.
    pub(crate) fn refuse_arguments(
        &self,
        first: &Operand,
        arguments: &[Operand],
        last: Option<&Value<'a>>,
    ) -> Result<(), Stop> {
        if arguments.is_empty() && last.is_none() {
            return Ok(());
        }
        Err(self.fail(format!("can't give argument to non-function {first}")))
    }

    /// Calls a function. `at` is where a message about it points.
    pub(crate) fn function(
        &mut self,
        dot: &Value<'a>,
        at: &'a dyn Located,
        name: &'a str,
        callee: Callee,
        (arguments, last): (&'a [Operand], Option<Value<'a>>),
    ) -> Result<Value<'a>, Stop> {
        let signature = match callee {
            Callee::Builtin(builtin) => builtin.signature(),
            Callee::Table(_, signature) => signature,
        };
        self.count_arguments(name, signature, arguments.len(), last.is_some())?;
        if let Callee::Builtin(builtin @ (Builtin::And | Builtin::Or)) = callee {
            return self.and_or(dot, builtin, (arguments, last));
        }
        let values = self.values(dot, signature, (arguments, last))?;
        let result = match callee {
            Callee::Builtin(builtin) => builtin.call(&values, &mut self.budget),
            Callee::Table(index, _) => self.setting.host.call(index, &values, &mut self.budget),
        };
        result.map_err(|reason| {
            self.place = at;
            let reason = match (callee, arguments.first()) {
                (Callee::Builtin(Builtin::Call), Some(called)) => {
                    reason.replacen(" of type", &format!(" {called} of type"), 1)
                }
                _ => reason,
            };
            self.fail(format!("error calling {name}: {reason}"))
        })
    }

    pub(crate) fn count_arguments(
        &self,
        name: &str,
        signature: Signature,
        given: usize,
        is_piped: bool,
    ) -> Result<(), Stop> {
        let total = given + usize::from(is_piped);
        let fixed = signature.takes.len();
        if signature.rest.is_some() && total < fixed {
            return Err(self.fail(format!("wrong number of args for {name}: want at least {fixed} got {given}")));
        }
        if signature.rest.is_none() && total != fixed {
            return Err(self.fail(format!("wrong number of args for {name}: want {fixed} got {total}")));
        }
        Ok(())
    }

    /// `and` and `or` evaluate no more than they need.
    fn and_or(
        &mut self,
        dot: &Value<'a>,
        builtin: Builtin,
        (arguments, last): (&'a [Operand], Option<Value<'a>>),
    ) -> Result<Value<'a>, Stop> {
        let mut value = Value::Nothing;
        for argument in arguments {
            value = self.argument(dot, Type::Reflected, argument)?;
            if value.is_true() == (builtin == Builtin::Or) {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    pub(crate) fn values(
        &mut self,
        dot: &Value<'a>,
        signature: Signature,
        (arguments, last): (&'a [Operand], Option<Value<'a>>),
    ) -> Result<Vec<Value<'a>>, Stop> {
        let mut values = Vec::with_capacity(arguments.len() + 1);
        for (at, argument) in arguments.iter().enumerate() {
            values.push(self.argument(dot, signature.parameter(at), argument)?);
        }
        if let Some(last) = last {
            let wanted = signature.parameter(values.len());
            values.push(self.fit(last, wanted)?);
        }
        Ok(values)
    }
}
