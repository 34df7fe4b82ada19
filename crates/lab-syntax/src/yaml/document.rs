//! Which document of a file counts.

use serde::de::DeserializeOwned;
use serde_yaml_ng::{Deserializer, Error};

/// The first document of a text; nothing is read of the others.
pub(super) fn first<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    Deserializer::from_str(text).next().map_or_else(|| serde_yaml_ng::from_str(""), T::deserialize)
}
