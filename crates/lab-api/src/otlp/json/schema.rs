//! What is to be known of a protobuf message to read it from JSON: the names, numbers and types of its fields.

/// A protobuf message as its JSON form is read.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) role: Role,
    pub(crate) fields: &'static [Field],
}

/// What a message is in an export request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The request, a resource's part of it, or a scope's part.
    Group,
    /// A span, a log record or a metric.
    Item,
    /// Something inside of an item, resource or scope.
    Part,
    /// A part that is one of several which exclude each other.
    Choice,
    /// `AnyValue`: a `null` in a list of these is an empty value that keeps its place.
    Any,
}

/// A field of a message.
#[derive(Debug)]
pub(crate) struct Field {
    /// The name in the proto file, in `lower_snake_case`.
    pub(crate) name: &'static str,
    pub(crate) tag: u32,
    pub(crate) kind: Kind,
    pub(crate) repeated: bool,
}

/// The type of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    Bool,
    Double,
    Int(Int),
    /// The names of an enum with their numbers.
    Enum(&'static [(&'static str, i32)]),
    /// The id of a trace or span, with its length in bytes: hex in OTLP's JSON.
    Id(usize),
    /// Any other bytes: base64.
    Bytes,
    Message(&'static Message),
}

/// The protobuf types of whole numbers that OTLP uses.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Int {
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Fixed32,
    Fixed64,
    Sfixed64,
}

/// A field that stands once.
pub(crate) const fn one(tag: u32, name: &'static str, kind: Kind) -> Field {
    Field { name, tag, kind, repeated: false }
}

/// A field that is a list.
pub(crate) const fn many(tag: u32, name: &'static str, kind: Kind) -> Field {
    Field { name, tag, kind, repeated: true }
}

impl Message {
    /// The field with this name, in either spelling.
    pub(crate) fn field(&self, key: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == key || camel(field.name).eq(key.chars()))
    }
}

impl Field {
    /// Whether one that comes again stands in the place of the former, where other messages are merged.
    pub(crate) fn is_choice(&self) -> bool {
        matches!(self.kind, Kind::Message(inner) if inner.role == Role::Choice)
    }

    /// The name in lowerCamelCase, as errors show it.
    pub(crate) fn json_name(&self) -> String {
        camel(self.name).collect()
    }
}

/// A name of the proto file in lowerCamelCase.
fn camel(name: &str) -> impl Iterator<Item = char> + '_ {
    let mut after_underscore = false;
    name.chars().filter_map(move |c| {
        let upper = std::mem::replace(&mut after_underscore, c == '_');
        (c != '_').then(|| if upper { c.to_ascii_uppercase() } else { c })
    })
}
