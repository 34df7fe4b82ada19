//! The table of functions that the user of a template hands in.

use super::signature::Signature;
use crate::budget::Budget;
use crate::value::datum::Value;

/// A row of a table: a function as templates see it, and what it does, in whatever form the table's owner likes.
#[derive(Clone, Copy, Debug)]
pub struct Function<B> {
    /// The name and the parameters.
    pub signature: Signature,
    /// What it does.
    pub body: B,
}

/// Executes the functions of a table.
pub trait Host {
    /// Calls the function at this index of the table that the template was parsed with. The arguments have the types
    /// of the signature. A function that makes a text reserves its length in the budget first.
    fn call<'a>(&'a self, function: usize, arguments: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, String>;
}

/// The host of templates that have only the built-in functions.
#[derive(Clone, Copy, Debug)]
pub struct NoFunctions;

impl Host for NoFunctions {
    fn call<'a>(&'a self, _: usize, _: &[Value<'a>], _: &mut Budget) -> Result<Value<'a>, String> {
        Err("there are no functions but the built-in ones".to_owned())
    }
}
