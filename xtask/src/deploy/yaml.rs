//! Reading YAML files, and walking in them.

use std::path::Path;

use serde_yaml_ng::{Deserializer, Value};

use crate::tree;

/// The documents of a file, merges (`<<`) applied; a finding if it is no YAML.
pub(crate) fn documents(root: &Path, path: &str) -> Result<Vec<Value>, String> {
    let text = tree::read(&root.join(path));
    if text.is_empty() {
        return Err(format!("{path}: missing or empty"));
    }
    let parse = |document| {
        let mut value: Value = serde::Deserialize::deserialize(document)?;
        value.apply_merge()?;
        Ok(value)
    };
    let values: Result<Vec<Value>, serde_yaml_ng::Error> = Deserializer::from_str(&text).map(parse).collect();
    values.map_err(|error| format!("{path}: {error}"))
}

/// The only document of a file.
pub(crate) fn document(root: &Path, path: &str) -> Result<Value, String> {
    documents(root, path)?.into_iter().next().ok_or_else(|| format!("{path}: empty"))
}

/// The entries of a mapping; none of what is no mapping or not there.
pub(crate) fn entries(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let mapping = value.and_then(Value::as_mapping);
    mapping.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str()?, value)))
}

/// The items of a sequence; none of what is no sequence or not there.
pub(crate) fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_sequence).into_iter().flatten()
}

/// A text below a value, by the names of the way to it.
pub(crate) fn text<'a>(value: &'a Value, way: &[&str]) -> Option<&'a str> {
    at(value, way).and_then(Value::as_str)
}

/// What stands at the end of a way.
pub(crate) fn at<'a>(value: &'a Value, way: &[&str]) -> Option<&'a Value> {
    way.iter().try_fold(value, |value, name| value.get(name))
}

/// Every value of this key, however deep.
pub(crate) fn everywhere<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    let mut found: Vec<&Value> = value.get(key).into_iter().collect();
    match value {
        Value::Mapping(mapping) => found.extend(mapping.values().flat_map(|value| everywhere(value, key))),
        Value::Sequence(sequence) => found.extend(sequence.iter().flat_map(|value| everywhere(value, key))),
        _ => {}
    }
    found
}

/// Whether an image is pinned to a version: a tag with a number and a dot in it.
pub(crate) fn is_pinned(image: &str) -> bool {
    let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag);
    tag.contains('.') && tag.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit())
}
