//! How values of the file are written: durations, sizes, texts, and paths with wildcards.

pub(crate) mod pattern;
pub(crate) mod size;
pub(crate) mod variables;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use lab_model::duration;
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

/// A list of texts, of which one that is null is empty.
pub(crate) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts: Vec<Option<String>> = or_empty(deserializer)?;
    Ok(texts.into_iter().map(Option::unwrap_or_default).collect())
}

/// Texts by name, of which one that is null is empty.
pub(crate) fn texts_by_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let texts: BTreeMap<String, Option<String>> = or_empty(deserializer)?;
    Ok(texts.into_iter().map(|(name, text)| (name, text.unwrap_or_default())).collect())
}

/// Labels by name; a name must not be empty.
pub(crate) fn labels<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let labels = texts_by_name(deserializer)?;
    if labels.contains_key("") { Err(Error::custom("\"\" is not a valid label name")) } else { Ok(labels) }
}

/// The longest duration that Go can hold.
const LONGEST: Duration = Duration::from_nanos(i64::MAX as u64);

pub(crate) fn read_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let duration = duration::parse(&text).map_err(Error::custom)?;
    if duration > LONGEST { Err(Error::custom(format!("{text:?} is longer than 292 years"))) } else { Ok(duration) }
}
