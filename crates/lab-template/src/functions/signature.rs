//! What a function takes.

use crate::value::kind::Type;

/// The name and the parameters of a function.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// The name that templates call it by.
    pub name: &'static str,
    /// The types of the parameters that must be given.
    pub takes: &'static [Type],
    /// The type of any number of further ones, if there may be any.
    pub rest: Option<Type>,
}

impl Signature {
    /// A function with exactly these parameters.
    pub const fn new(name: &'static str, takes: &'static [Type]) -> Self {
        Self { name, takes, rest: None }
    }

    /// A function with these parameters and any number of further ones.
    pub const fn variadic(name: &'static str, takes: &'static [Type], rest: Type) -> Self {
        Self { name, takes, rest: Some(rest) }
    }

    /// The type of the parameter at this index.
    pub(crate) fn parameter(&self, at: usize) -> Type {
        self.takes.get(at).copied().or(self.rest).unwrap_or(Type::Any)
    }
}
