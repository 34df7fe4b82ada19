//! A document without what the reader does not know: its merges carried out, its packed texts unpacked.
//!
//! Sources: <https://yaml.org/type/merge.html>, <https://yaml.org/type/binary.html>.

use std::collections::BTreeSet;

use serde::de::Error as _;
use serde_yaml_ng::{Error, Value};

use crate::yaml::document::first;
use crate::yaml::node::{Kind, Node};
use crate::yaml::{packed, spelling};

/// The key that brings in the keys of other mappings.
const MERGE: &str = "<<";
pub(super) const NO_MAPPING: &str = "`<<` needs a mapping or a list of mappings, such as `<<: *base`";
/// The first document with its merges carried out and its texts unpacked, if it has any.
pub(super) fn of(text: &str) -> Result<Option<Node>, Error> {
    if !packed::may_be_in(text) && !text.contains(MERGE) {
        return Ok(None);
    }
    let marked = packed::marked(text);
    // What is no YAML is left to who reads the file itself and knows the line.
    let Ok(value) = first::<Value>(&marked) else { return Ok(None) };
    if !has_own(&value) {
        return Ok(None);
    }
    merged(unpacked(spelling::of(&marked)?)?).map(Some)
}

/// Whether a merge or a packed text is in a document.
fn has_own(value: &Value) -> bool {
    match value {
        Value::Mapping(entries) => entries.iter().any(|(key, value)| key == MERGE || has_own(key) || has_own(value)),
        Value::Sequence(items) => items.iter().any(has_own),
        Value::Tagged(tagged) => tagged.tag == packed::OWN_TAG || has_own(&tagged.value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Packed texts unpacked, and elsewhere the tags that stood there, be it in quotes.
fn unpacked(node: Node) -> Result<Node, Error> {
    Ok(match node {
        Node::Scalar { text, kind: Kind::Packed } => Node::Scalar { text: packed::unpacked(&text)?, kind: Kind::Text },
        Node::Scalar { text, kind } => Node::Scalar { text: packed::unmarked(text), kind },
        Node::List(items) => Node::List(items.into_iter().map(unpacked).collect::<Result<_, _>>()?),
        Node::Map(entries) => {
            let entries = entries.into_iter().map(|(key, value)| Ok((unpacked(key)?, unpacked(value)?)));
            Node::Map(entries.collect::<Result<_, Error>>()?)
        }
    })
}

/// Carries the merges out, from the inside, so that what is merged has none left: keys of the mapping itself win, then
/// those of the base that stands first.
fn merged(node: Node) -> Result<Node, Error> {
    let entries = match node {
        Node::Scalar { .. } => return Ok(node),
        Node::List(items) => return items.into_iter().map(merged).collect::<Result<_, _>>().map(Node::List),
        Node::Map(entries) => entries,
    };
    let (mut all, mut bases) = (Vec::new(), Vec::new());
    for (key, value) in entries {
        let value = merged(value)?;
        if is_merge(&key) {
            bases.extend(if let Node::List(items) = value { items } else { vec![value] });
        } else {
            all.push((key, value));
        }
    }
    let mut known: BTreeSet<String> = all.iter().map(|(key, _)| key.written()).collect();
    for base in bases {
        let Node::Map(entries) = base else { return Err(Error::custom(NO_MAPPING)) };
        all.extend(entries.into_iter().filter(|(key, _)| known.insert(key.written())));
    }
    Ok(Node::Map(all))
}

fn is_merge(key: &Node) -> bool {
    matches!(key, Node::Scalar { text, kind: Kind::Text } if text == MERGE)
}
