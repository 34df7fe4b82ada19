//! A YAML file as Prometheus reads it: of several documents the first, and with its merges (`<<: *base`) carried out.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_yaml_ng::{Deserializer, Error, Value};

/// How a merge begins.
const MERGE: &str = "<<:";

/// The first document of a file.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    if text.contains(MERGE) {
        return serde_yaml_ng::from_value(first(text)?);
    }
    // The direct way first: its errors know the line.
    serde_yaml_ng::from_str(text).or_else(|error| {
        let has_more = Deserializer::from_str(text).nth(1).is_some();
        if has_more { serde_yaml_ng::from_value(first(text)?) } else { Err(error) }
    })
}

/// The value of the first document.
pub(crate) fn first(text: &str) -> Result<Value, Error> {
    let document = Deserializer::from_str(text).next();
    let mut value = document.map_or(Ok(Value::Null), Value::deserialize)?;
    value.apply_merge()?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    type Numbers = BTreeMap<String, BTreeMap<String, i64>>;

    #[test]
    fn merges_are_carried_out_and_the_first_document_counts() {
        let merged = "a: &base {x: 1, y: 2}\nb: {<<: *base, y: 3}\nc:\n  <<: [*base]\n";
        let read_numbers = read::<Numbers>(merged).expect("read");
        assert_eq!(read_numbers["b"], BTreeMap::from([("x".to_owned(), 1), ("y".to_owned(), 3)]));
        assert_eq!(read_numbers["c"], read_numbers["a"]);
        let several = "a: {x: 1}\n---\nb: nonsense\n";
        assert_eq!(read::<Numbers>(several).expect("read").len(), 1);
        assert!(read::<Numbers>("a: {<<: 5}").is_err() && read::<Numbers>("a: [").is_err());
        let error = read::<Numbers>("a: {x: 1}\nb: 5\n").expect_err("no map").to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}
