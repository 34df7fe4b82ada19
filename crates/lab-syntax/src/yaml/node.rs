//! A document as it is spelt, before it is asked what kind its values are.

use serde_yaml_ng::{Mapping, Value};

/// A value as it is written.
pub(super) enum Node {
    Scalar { text: String, kind: Kind },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// What a value that is no list and no mapping is, if nobody asks for anything in particular.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A text in base64.
    Packed,
    Null,
    /// A number or a truth value.
    Other,
}

impl Node {
    /// The value with a text in place of every scalar; nothing in place of null.
    pub(super) fn into_texts(self) -> Value {
        match self {
            Self::Scalar { kind: Kind::Null, .. } => Value::String(String::new()),
            Self::Scalar { text, .. } => Value::String(text),
            Self::List(items) => Value::Sequence(items.into_iter().map(Self::into_texts).collect()),
            Self::Map(entries) => {
                let entries = entries.into_iter().map(|(key, value)| (key.into_texts(), value.into_texts()));
                Value::Mapping(entries.collect::<Mapping>())
            }
        }
    }

    /// The value as YAML in one line.
    pub(super) fn written(&self) -> String {
        let mut out = String::new();
        write(&mut out, self);
        out
    }
}

/// Writes a value in one line. Keys stand behind `?`, without which the reader allows a key of 1,024 characters.
fn write(out: &mut String, node: &Node) {
    match node {
        Node::Scalar { text, kind: Kind::Text | Kind::Packed } => out.push_str(&quoted(text)),
        Node::Scalar { text, .. } => out.push_str(text),
        Node::List(items) => {
            out.push('[');
            for item in items {
                write(out, item);
                // Nothing at all would be no item.
                let is_nothing = matches!(item, Node::Scalar { text, kind: Kind::Null } if text.is_empty());
                out.push_str(if is_nothing { "~, " } else { ", " });
            }
            out.push(']');
        }
        Node::Map(entries) => {
            out.push('{');
            for (key, value) in entries {
                out.push_str(&format!("? {} : ", key.written()));
                write(out, value);
                out.push_str(", ");
            }
            out.push('}');
        }
    }
}

/// A text in quotes, every character that the reader might not take as it is by its number.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            ' '..='~' => out.push(letter),
            _ => out.push_str(&format!("\\U{:08X}", u32::from(letter))),
        }
    }
    out + "\""
}
