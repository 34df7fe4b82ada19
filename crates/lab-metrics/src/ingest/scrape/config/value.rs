//! How values of the file are written: durations, sizes, texts, and paths with wildcards.

pub(crate) mod pattern;
pub(crate) mod variables;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use lab_model::{duration, size};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// What most switches are set to.
pub(crate) fn yes() -> bool {
    true
}

/// A part that must be a mapping, or is not given. Without this a list would be taken for its values in their order, a secret
/// for a name among them.
pub(crate) fn mapping<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Mapping<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Mapping<T> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a mapping")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map)).map(Some)
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }

    deserializer.deserialize_any(Mapping(PhantomData))
}

/// A part that may be empty: a key without a value, as in `rule_files:` with nothing but comments below it, is as good as no
/// key at all.
pub(crate) fn or_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Labels by name; a name must not be empty.
pub(crate) fn labels<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let labels: BTreeMap<String, String> = or_empty(deserializer)?;
    if labels.contains_key("") { Err(Error::custom("\"\" is not a valid label name")) } else { Ok(labels) }
}

pub(crate) fn read_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    duration::parse(&text).map_err(Error::custom)
}

/// Prometheus' `MB` are powers of two; the lab reads `MiB` for them and takes either spelling.
pub(crate) fn read_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Bytes(u64),
        Text(String),
    }
    match Given::deserialize(deserializer)? {
        Given::Bytes(bytes) => Ok(bytes),
        Given::Text(text) => {
            let binary = text.replace("iB", "B").replace("kB", "KB");
            let units = [("KB", "KiB"), ("MB", "MiB"), ("GB", "GiB"), ("TB", "TiB")];
            let unit = units.iter().find(|(unit, _)| binary.ends_with(unit));
            let spelled = unit.map_or(binary.clone(), |(from, to)| binary.replace(from, to));
            size::parse(&spelled).map_err(Error::custom)
        }
    }
}

/// A text that may look like a whole number, as passwords do. What YAML reads as another number or as a truth value has
/// lost its spelling, so that it is refused.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Text(pub(crate) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string; put it in quotes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Text, E> {
        Ok(Text(number.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<Text, E> {
        Ok(Text::default())
    }
}
