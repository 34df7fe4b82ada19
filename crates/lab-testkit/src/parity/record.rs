//! What a product answered, packed into one file: a line about the product, then one line for each question.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The name of the file in the folder of a product.
const FILE: &str = "answers.jsonl.gz";

/// An answer over HTTP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; one that is not JSON stands here as a text.
    pub body: Value,
}

/// All recorded answers of one product.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// The product and its version, for example `loki 3.7.6`.
    pub product: String,
    /// The answers by the text of their question.
    pub answers: HashMap<String, Answer>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    product: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    question: String,
    #[serde(flatten)]
    answer: Answer,
}

impl Record {
    /// Reads the record in a folder.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join(FILE);
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let packed = std::fs::read(&path).map_err(|error| wrong(&error))?;
        let mut text = String::new();
        GzDecoder::new(packed.as_slice()).read_to_string(&mut text).map_err(|error| wrong(&error))?;
        let mut lines = text.lines();
        let head: Head = serde_json::from_str(lines.next().unwrap_or_default()).map_err(|error| wrong(&error))?;
        let read = |line| serde_json::from_str::<Line>(line).map(|line| (line.question, line.answer));
        let answers = lines.map(read).collect::<Result<_, _>>().map_err(|error| wrong(&error))?;
        Ok(Self { product: head.product, answers })
    }

    /// Writes the record into a folder, sorted by question, so that a new record differs only where answers do.
    pub fn write(&self, folder: &Path) -> Result<(), String> {
        let path = folder.join(FILE);
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        let mut sorted: Vec<_> = self.answers.iter().collect();
        sorted.sort_by_key(|(question, _)| *question);
        let mut lines = vec![serde_json::to_string(&Head { product: self.product.clone() })];
        lines.extend(sorted.into_iter().map(|(question, answer)| {
            serde_json::to_string(&Line { question: question.clone(), answer: answer.clone() })
        }));
        for line in lines {
            writeln!(packed, "{}", line.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
        }
        let bytes = packed.finish().map_err(|error| wrong(&error))?;
        std::fs::write(&path, bytes).map_err(|error| wrong(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let folder = std::env::temp_dir().join(format!("dicelab-record-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("made");
        let answer = Answer { status: 200, body: serde_json::json!({"data": [1.5, "x"]}) };
        let record = Record { product: "loki 3".into(), answers: HashMap::from([("GET /a".to_owned(), answer)]) };
        record.write(&folder).expect("written");
        assert_eq!(Record::read(&folder), Ok(record));
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
