//! How the values of a document are spelt. The reader tells a spelling only to who asks for a text, and it has to be asked as the
//! document is built: so it is read twice, the first time for its build.

use std::fmt;

use serde::de::{DeserializeSeed, EnumAccess, Error as _, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde_yaml_ng::{Deserializer, Error, Value};

use crate::yaml::document::first;
use crate::yaml::node::{Kind, Node};
use crate::yaml::packed::OWN_TAG;

/// The first document of a text as it is spelt.
pub(super) fn of(text: &str) -> Result<Node, Error> {
    let value: Value = first(text)?;
    match Deserializer::from_str(text).next().filter(|_| !value.is_null()) {
        Some(document) => Spelt(&value).deserialize(document),
        None => Ok(Node::Scalar { text: String::new(), kind: Kind::Null }),
    }
}

/// Reads the spelling of a value that is known.
struct Spelt<'a>(&'a Value);

impl<'de> DeserializeSeed<'de> for Spelt<'_> {
    type Value = Node;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        match self.0 {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => deserializer.deserialize_str(self),
            Value::Sequence(_) => deserializer.deserialize_seq(self),
            Value::Mapping(_) => deserializer.deserialize_map(self),
            Value::Tagged(_) => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Spelt<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value that was read before")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Node, E> {
        let kind = match self.0 {
            Value::String(_) => Kind::Text,
            Value::Null => Kind::Null,
            _ => Kind::Other,
        };
        Ok(Node::Scalar { text: text.to_owned(), kind })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        for value in self.0.as_sequence().into_iter().flatten() {
            list.extend(items.next_element_seed(Spelt(value))?);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        for (key, value) in self.0.as_mapping().into_iter().flatten() {
            let Some(key) = entries.next_key_seed(Spelt(key))? else { break };
            map.push((key, entries.next_value_seed(Spelt(value))?));
        }
        Ok(Node::Map(map))
    }

    /// A value with a tag of its own, which means nothing to those who read the files, but for that of packed texts.
    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Node, A::Error> {
        let Value::Tagged(known) = self.0 else { return Err(A::Error::custom("unexpected tag")) };
        let (IgnoredAny, value) = tagged.variant()?;
        Ok(match value.newtype_variant_seed(Spelt(&known.value))? {
            Node::Scalar { text, .. } if known.tag == OWN_TAG => Node::Scalar { text, kind: Kind::Packed },
            node => node,
        })
    }
}
