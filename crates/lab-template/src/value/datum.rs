//! A value: what Go's `reflect.Value` is to Go's templates, for the types that templates of ours meet.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::kind::Type;
use super::text::Text;
use crate::time::moment::Moment;

/// A value. Cloning copies at most a few words.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// No value at all: a missing key, an untyped `nil`. It prints as `<no value>`.
    Nothing,
    /// An element of type `interface {}` that holds nothing.
    Null,
    /// An element of type `interface {}` that holds a value; see [`Value::any`].
    Boxed(Rc<Value<'a>>),
    /// A truth value.
    Bool(bool),
    // An `int`.
    Int(i64),
    // An `int64`.
    Int64(i64),
    // A `uint8`.
    Byte(u8),
    // A `float64`.
    Float(f64),
    /// A `complex128`: real and imaginary part.
    Complex(f64, f64),
    // A `string`.
    Text(Text<'a>),
    List(Rc<List<'a>>),
    /// A map from strings.
    Map(Rc<Map<'a>>),
    /// A map from strings to strings that is looked up where it lies.
    Texts(&'a dyn Texts),
    /// A structure, or a pointer to one.
    Struct(Rc<Struct<'a>>),
    /// A point in time.
    Time(Moment),
    /// A `time.Duration`, in nanoseconds.
    Duration(i64),
    /// A number with a name, such as a `time.Month`.
    Constant(Constant),
}

/// A slice: values of one type.
#[derive(Clone, Debug)]
pub struct List<'a> {
    /// The type of an element.
    pub element: &'static Type,
    pub items: Vec<Value<'a>>,
}

/// A map from strings to values of one type.
#[derive(Clone, Debug)]
pub struct Map<'a> {
    /// The type of an element.
    pub element: &'static Type,
    /// The elements by key.
    pub entries: BTreeMap<Text<'a>, Value<'a>>,
}

/// A structure with named fields.
#[derive(Clone, Debug)]
pub struct Struct<'a> {
    /// The name of its type in Go.
    pub type_name: &'static str,
    /// True if the value is a pointer to it.
    pub is_pointer: bool,
    /// Its fields in order.
    pub fields: Vec<(&'static str, Value<'a>)>,
}

/// A number that Go prints by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constant {
    /// The name of its type in Go.
    pub type_name: &'static str,
    pub number: i64,
    /// The name that is printed.
    pub name: &'static str,
}

/// Texts by name, such as labels: a `map[string]string` that need not be built for each expansion.
pub trait Texts: std::fmt::Debug {
    /// The text of this name.
    fn get(&self, name: &str) -> Option<&str>;
    /// All names and texts, sorted by name.
    fn pairs(&self) -> Vec<(&str, &str)>;
}

impl<'a> Value<'a> {
    pub fn text(text: impl Into<Text<'a>>) -> Self {
        Self::Text(text.into())
    }

    /// A slice of values of any type.
    pub fn list(items: Vec<Value<'a>>) -> Self {
        Self::List(Rc::new(List { element: &Type::Any, items }))
    }

    /// A map from strings to values of any type.
    pub fn map(entries: impl IntoIterator<Item = (Text<'a>, Value<'a>)>) -> Self {
        Self::Map(Rc::new(Map { element: &Type::Any, entries: entries.into_iter().collect() }))
    }

    /// A map from strings to strings.
    pub fn texts(entries: impl IntoIterator<Item = (Text<'a>, Text<'a>)>) -> Self {
        let entries = entries.into_iter().map(|(name, text)| (name, Self::Text(text))).collect();
        Self::Map(Rc::new(Map { element: &Type::Text, entries }))
    }

    /// A value where the type is `interface {}`: an element of a list of anything, a field of any type. Pipelines take
    /// the value out; until then Go knows only that it is something.
    #[must_use]
    pub fn any(self) -> Self {
        match self {
            Self::Nothing | Self::Null => Self::Null,
            Self::Boxed(_) => self,
            value => Self::Boxed(Rc::new(value)),
        }
    }

    /// The value itself, where it is held as something of any type.
    #[must_use]
    pub fn plain(&self) -> &Self {
        if let Self::Boxed(value) = self { value } else { self }
    }

    /// The same, where nothing stays something that holds nothing.
    pub(crate) fn unboxed(self) -> Self {
        if let Self::Boxed(value) = &self { (**value).clone() } else { self }
    }

    /// The value as an element of this type.
    pub(crate) fn element_of(self, element: Type) -> Self {
        if element == Type::Any { self.any() } else { self }
    }

    /// The value that an element of this type has before it is set.
    pub(crate) fn zero(of: Type) -> Self {
        match of {
            Type::Bool => Self::Bool(false),
            Type::Int => Self::Int(0),
            Type::Int64 => Self::Int64(0),
            Type::Byte => Self::Byte(0),
            Type::Float => Self::Float(0.0),
            Type::Complex => Self::Complex(0.0, 0.0),
            Type::Text => Self::text(""),
            Type::List(element) => Self::List(Rc::new(List { element, items: Vec::new() })),
            Type::Map(element) => Self::Map(Rc::new(Map { element, entries: BTreeMap::new() })),
            Type::Any => Self::Null,
            Type::Reflected | Type::Named { .. } => Self::Nothing,
        }
    }

    /// The type, unless there is no value.
    pub fn kind(&self) -> Option<Type> {
        Some(match self {
            Self::Nothing => return None,
            Self::Null | Self::Boxed(_) => Type::Any,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int,
            Self::Int64(_) => Type::Int64,
            Self::Byte(_) => Type::Byte,
            Self::Float(_) => Type::Float,
            Self::Complex(..) => Type::Complex,
            Self::Text(_) => Type::Text,
            Self::List(list) => Type::List(list.element),
            Self::Map(map) => Type::Map(map.element),
            Self::Texts(_) => Type::Map(&Type::Text),
            Self::Struct(it) => Type::Named { name: it.type_name, may_be_nil: it.is_pointer },
            Self::Time(_) => Type::Named { name: "time.Time", may_be_nil: false },
            Self::Duration(_) => Type::Named { name: "time.Duration", may_be_nil: false },
            Self::Constant(constant) => Type::Named { name: constant.type_name, may_be_nil: false },
        })
    }

    /// The name of the type, for messages.
    pub fn type_name(&self) -> String {
        self.kind().map_or_else(|| "<nil>".to_owned(), |kind| kind.to_string())
    }

    /// Go's truth: neither zero nor empty. A structure is always true.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Nothing | Self::Null => false,
            Self::Boxed(value) => value.is_true(),
            Self::Bool(truth) => *truth,
            Self::Int(number) | Self::Int64(number) | Self::Duration(number) => *number != 0,
            Self::Constant(constant) => constant.number != 0,
            Self::Byte(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(list) => !list.items.is_empty(),
            Self::Map(map) => !map.entries.is_empty(),
            Self::Texts(texts) => !texts.pairs().is_empty(),
            Self::Struct(_) | Self::Time(_) => true,
        }
    }

    /// What an `interface {}` holds; if that is nothing, no value.
    pub(crate) fn unwrapped(self) -> Self {
        match self {
            Self::Null => Self::Nothing,
            Self::Boxed(value) => (*value).clone(),
            value => value,
        }
    }

    /// The entries of a map, sorted by key.
    pub fn entries(&self) -> Option<Vec<(Text<'a>, Value<'a>)>> {
        match self {
            Self::Map(map) => {
                let element = |value: &Self| value.clone().element_of(*map.element);
                Some(map.entries.iter().map(|(key, value)| (key.clone(), element(value))).collect())
            }
            Self::Texts(texts) => {
                let texts: &'a dyn Texts = *texts;
                Some(texts.pairs().into_iter().map(|(name, text)| (name.into(), Value::text(text))).collect())
            }
            _ => None,
        }
    }
}
