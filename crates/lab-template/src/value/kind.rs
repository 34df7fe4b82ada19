//! The types of values and of the parameters of functions, by their names in Go.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`: anything.
    Any,
    /// A parameter of the built-in functions, which look at the value themselves: anything, also no value at all.
    Reflected,
    // `bool`.
    Bool,
    // `int`.
    Int,
    // `int64`.
    Int64,
    /// `uint8`, which is what indexing a string gives.
    Byte,
    // `float64`.
    Float,
    // `complex128`.
    Complex,
    // `string`.
    Text,
    /// A list of values of one type.
    List(&'static Type),
    /// A map from strings to values of one type.
    Map(&'static Type),
    /// A type with a name.
    Named {
        /// Its name in Go.
        name: &'static str,
        /// True if `nil` is a value of it: pointers and lists.
        may_be_nil: bool,
    },
}

impl Type {
    /// True if `nil` is a value of this type.
    pub(crate) fn may_be_nil(self) -> bool {
        match self {
            Self::Any | Self::Reflected | Self::List(_) | Self::Map(_) => true,
            Self::Named { may_be_nil, .. } => may_be_nil,
            _ => false,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "interface {}",
            Self::Reflected => "reflect.Value",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Byte => "uint8",
            Self::Float => "float64",
            Self::Complex => "complex128",
            Self::Text => "string",
            Self::List(element) => return write!(f, "[]{element}"),
            Self::Map(element) => return write!(f, "map[string]{element}"),
            Self::Named { name, .. } => name,
        })
    }
}
