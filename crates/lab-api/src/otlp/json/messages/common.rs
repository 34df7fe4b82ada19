//! `common.proto` and `resource.proto`: attributes, scopes, resources.

use crate::otlp::json::schema::Kind::{Bool, Bytes, Double, Int, Message as Of, Text};
use crate::otlp::json::schema::{Field, Int::Int32, Int::Int64, Int::Uint32, Message, Role, many, one};

pub(crate) static KEY_VALUE: Message = Message {
    role: Role::Part,
    fields: &[one(1, "key", Text), one(2, "value", Of(&ANY_VALUE)), one(3, "key_strindex", Int(Int32))],
};

pub(crate) static ANY_VALUE: Message = Message {
    role: Role::Any,
    fields: &[
        one(1, "string_value", Text),
        one(2, "bool_value", Bool),
        one(3, "int_value", Int(Int64)),
        one(4, "double_value", Double),
        one(5, "array_value", Of(&ARRAY)),
        one(6, "kvlist_value", Of(&MAP)),
        one(7, "bytes_value", Bytes),
        one(8, "string_value_strindex", Int(Int32)),
    ],
};

static ARRAY: Message = Message { role: Role::Choice, fields: &[many(1, "values", Of(&ANY_VALUE))] };

static MAP: Message = Message { role: Role::Choice, fields: &[many(1, "values", Of(&KEY_VALUE))] };

/// An instrumentation scope.
pub(crate) static SCOPE: Message = Message {
    role: Role::Part,
    fields: &[one(1, "name", Text), one(2, "version", Text), attributes(3), dropped(4, "dropped_attributes_count")],
};

pub(crate) static RESOURCE: Message = Message {
    role: Role::Part,
    fields: &[attributes(1), dropped(2, "dropped_attributes_count"), many(3, "entity_refs", Of(&ENTITY_REF))],
};

static ENTITY_REF: Message = Message {
    role: Role::Part,
    fields: &[
        one(1, "schema_url", Text),
        one(2, "type", Text),
        many(3, "id_keys", Text),
        many(4, "description_keys", Text),
    ],
};

/// The field `attributes`.
pub(crate) const fn attributes(tag: u32) -> Field {
    many(tag, "attributes", Of(&KEY_VALUE))
}

/// A count of what the sender has left out.
pub(crate) const fn dropped(tag: u32, name: &'static str) -> Field {
    one(tag, name, Int(Uint32))
}
