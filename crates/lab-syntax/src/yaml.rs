//! YAML files as the programs read them whose files these are: of several documents the first, with its merges
//! (`<<: *base`) carried out, those that a merge brings in among them, and with `!!binary` unpacked.
//!
//! Which kind a value is, depends on what is asked for: `1.10` is a number, and the text "1.10" where a label is meant. Values
//! in between would lose that spelling. So a document with merges or packed texts is written anew without them, each value as
//! it was spelt, and read from there; any other is read from the file itself. [`spelt`] gives the spellings of all values.
//!
//! Before anything of it is kept, what all [aliases] of a file stand for is counted.

mod aliases;
mod document;
mod node;
mod packed;
mod rewrite;
mod spelling;

use serde::de::{DeserializeOwned, Error as _};
use serde_yaml_ng::{Error, Value};

use crate::yaml::document::first;

/// The first document of a file. An error names the line, unless it lies in what a merge has brought in.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    aliases::check(text)?;
    let Some(node) = rewrite::of(text)? else {
        // Keys that occur twice and tags that a value belies are mistakes wherever they are.
        return first(text).and_then(|found| first::<Value>(text).map(|_| found));
    };
    first(&node.written()).map_err(|error| {
        // Places in the text that was written anew mean nothing. The file itself is wrong in the same way as a rule.
        let same = first::<T>(text).err().filter(|other| unplaced(other) == unplaced(&error));
        same.unwrap_or_else(|| Error::custom(unplaced(&error)))
    })
}

/// The first document of a file with a text in place of every value that is no list and no mapping: the text that programs
/// written in Go find where they ask for one. That is what stands in the file, and nothing for what is null.
pub fn spelt(text: &str) -> Result<Value, Error> {
    aliases::check(text)?;
    let node = match rewrite::of(text)? {
        Some(node) => node,
        None => spelling::of(text)?,
    };
    Ok(node.into_texts())
}

fn unplaced(error: &Error) -> String {
    let mut text = error.to_string();
    text.truncate(text.rfind(" at line ").unwrap_or(text.len()));
    text
}

#[cfg(test)]
mod tests;
