//! Die specifications and the file they come from.
//!
//! ```json
//! {"fair": {"faces": [1, 2, 3, 4, 5, 6], "error_rate": 0}, "risky": {"faces": [2, 3, 4, 5, 6, 7], "error_rate": 0.1}}
//! ```
//! The order of the file is kept. A die has at least one face and an error rate from 0 to 1, and no name occurs
//! twice; an error names the die and the place in the file.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// Larger files are refused.
const MAX_FILE_BYTES: u64 = 1024 * 1024;
const BUILT_IN: [(&str, [i64; 6], f64); 2] = [("fair", [1, 2, 3, 4, 5, 6], 0.0), ("risky", [2, 3, 4, 5, 6, 7], 0.1)];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Die {
    /// What a roll can show, each with the same probability.
    pub faces: Vec<i64>,
    /// Probability that a roll fails, 0 to 1.
    pub error_rate: f64,
}

/// All dice, in the order of their file.
#[derive(Debug, Clone, PartialEq)]
pub struct Specifications(Vec<(String, Die)>);

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpecificationError {
    /// It cannot be read.
    #[error("cannot read the dice file {path}: {source}", path = path.display())]
    Read {
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It holds something else than die specifications; the message names the die, line and column.
    #[error("the dice file {path} is not valid: {source}", path = path.display())]
    Invalid {
        path: PathBuf,
        /// What is wrong and where.
        source: serde_json::Error,
    },
}

impl Specifications {
    /// `fair` and `risky`.
    pub fn built_in() -> Self {
        let die = |faces: [i64; 6], error_rate| Die { faces: faces.to_vec(), error_rate };
        Self(BUILT_IN.map(|(name, faces, error_rate)| (name.to_owned(), die(faces, error_rate))).into())
    }

    /// Reads and checks a file.
    pub fn load(path: &Path) -> Result<Self, SpecificationError> {
        let text = read(path).map_err(|source| SpecificationError::Read { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|source| SpecificationError::Invalid { path: path.to_owned(), source })
    }

    /// Checks the text of a file.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The die of that name.
    pub fn get(&self, identifier: &str) -> Option<&Die> {
        self.0.iter().find(|(name, _)| name == identifier).map(|(_, die)| die)
    }

    /// The names, in file order.
    pub fn identifiers(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// How many dice there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never true for specifications that were parsed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Specifications {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

/// Reads entry by entry, because a map type would silently keep the last of two entries with one name.
struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Specifications;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with one entry per die")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Specifications, M::Error> {
        let mut entries: Vec<(String, Die)> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let wrong = |what: &dyn fmt::Display| M::Error::custom(format_args!("die {name:?}: {what}"));
            if name.is_empty() {
                return Err(wrong(&"a die needs a name"));
            }
            if entries.iter().any(|(known, _)| *known == name) {
                return Err(wrong(&"the name occurs twice"));
            }
            let die: Die = map.next_value().map_err(|error| wrong(&error))?;
            if die.faces.is_empty() {
                return Err(wrong(&"a die needs at least one face"));
            }
            if !(0.0..=1.0).contains(&die.error_rate) {
                return Err(wrong(&format_args!("error_rate {} is not from 0 to 1", die.error_rate)));
            }
            entries.push((name, die));
        }
        if entries.is_empty() {
            return Err(M::Error::custom("there is no die"));
        }
        Ok(Specifications(entries))
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)?;
    if read as u64 > MAX_FILE_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {MAX_FILE_BYTES} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_file_is_kept() {
        let json = r#"{"z":{"faces":[3],"error_rate":1},"a":{"faces":[-1,2],"error_rate":0.5}}"#;
        let specifications = Specifications::parse(json).expect("valid");
        assert_eq!(specifications.identifiers(), ["z", "a"]);
        assert_eq!(specifications.get("a"), Some(&Die { faces: vec![-1, 2], error_rate: 0.5 }));
        assert_eq!(specifications.get("b"), None);
    }

    #[test]
    fn the_built_in_dice_are_those_of_the_contract() {
        let json =
            r#"{"fair":{"faces":[1,2,3,4,5,6],"error_rate":0},"risky":{"faces":[2,3,4,5,6,7],"error_rate":0.1}}"#;
        assert_eq!(Specifications::built_in(), Specifications::parse(json).expect("valid"));
    }

    #[test]
    fn mistakes_name_the_die_and_the_place() {
        let cases = [
            ("{}", "there is no die"),
            ("[]", "an object with one entry per die"),
            (r#"{"":{"faces":[1],"error_rate":0}}"#, "a die needs a name"),
            (r#"{"a":{"faces":[],"error_rate":0}}"#, r#"die "a": a die needs at least one face"#),
            (r#"{"a":{"faces":[1],"error_rate":1.5}}"#, r#"die "a": error_rate 1.5 is not from 0 to 1"#),
            (r#"{"a":{"faces":[1],"error_rate":-0.1}}"#, r#"die "a": error_rate -0.1 is not from 0 to 1"#),
            (r#"{"a":{"faces":[1.5],"error_rate":0}}"#, r#"die "a": invalid type: floating point `1.5`, expected i64"#),
            (r#"{"a":{"faces":"1","error_rate":0}}"#, r#"die "a": invalid type: string "1""#),
            (r#"{"a":{"faces":[1]}}"#, r#"die "a": missing field `error_rate`"#),
            (r#"{"a":{"faces":[1],"error_rate":0,"colour":1}}"#, r#"die "a": unknown field `colour`"#),
            (
                "{\"a\":{\"faces\":[1],\"error_rate\":0},\n \"a\":{\"faces\":[1],\"error_rate\":0}}",
                r#"die "a": the name occurs twice"#,
            ),
            ("{", "EOF while parsing"),
            ("", "EOF while parsing"),
        ];
        for (json, expected) in cases {
            let error = Specifications::parse(json).expect_err(json).to_string();
            assert!(error.contains(expected) && error.contains(" at line "), "{json}: {error}");
        }
        let twice = Specifications::parse(cases[10].0).expect_err("twice");
        assert_eq!(twice.line(), 2, "{twice}");
        let nested = Specifications::parse("{\n \"a\":\n {\"faces\":\"1\"}}").expect_err("no list");
        assert_eq!((nested.line(), nested.to_string().matches("at line").count()), (3, 1), "{nested}");
    }

    #[test]
    fn unreadable_and_oversized_files_are_named() {
        let missing = Specifications::load(Path::new("/nowhere/dice.json")).expect_err("missing").to_string();
        assert!(missing.starts_with("cannot read the dice file /nowhere/dice.json: "), "{missing}");
        let path = std::env::temp_dir().join(format!("oversized-dice-{}.json", std::process::id()));
        std::fs::write(&path, " ".repeat(MAX_FILE_BYTES as usize + 1)).expect("writes");
        let error = Specifications::load(&path).expect_err("too large").to_string();
        std::fs::remove_file(&path).expect("removes");
        assert!(error.contains("more than 1048576 bytes"), "{error}");
    }
}
