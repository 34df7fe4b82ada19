//! The ledger that traffic leaves behind: what was asked, and what was answered.

use std::io;
use std::path::{Path, PathBuf};

use lab_traffic::ledger::Entry;

/// Why a ledger cannot be used. The text names the file and, where there is one, the line.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// There is no such file, or it may not be read.
    #[error("the ledger {} cannot be read: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: io::Error },
    /// A line is no entry.
    #[error("the ledger {}, line {line}: {reason}", path.display())]
    Line {
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// Two lines say the same request.
    #[error("the ledger {}, line {line}: the trace {trace_id} was on line {first} already", path.display())]
    Twice {
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Where it was before.
        first: usize,
        /// The trace of both.
        trace_id: String,
    },
    /// There is nothing to reconcile.
    #[error("the ledger {} is empty", path.display())]
    Empty { path: PathBuf },
}

/// Every entry of a file, in its order.
pub fn read(path: &Path) -> Result<Vec<Entry>, LedgerError> {
    let bytes = std::fs::read(path).map_err(|reason| LedgerError::Unreadable { path: path.to_owned(), reason })?;
    parse(&bytes, path)
}

/// Every entry of a text; `path` is for errors.
pub fn parse(bytes: &[u8], path: &Path) -> Result<Vec<Entry>, LedgerError> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut seen = std::collections::HashMap::new();
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.trim_ascii().is_empty()) {
        let line_number = at + 1;
        let fail = |reason: String| LedgerError::Line { path: path.to_owned(), line: line_number, reason };
        let entry: Entry = serde_json::from_slice(line).map_err(|error| fail(error.to_string()))?;
        if let Some(trace_id) = &entry.trace_id {
            if trace_id.len() != 32 || !trace_id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
                return Err(fail(format!("trace_id: {trace_id:?} is not 32 lowercase hexadecimal digits")));
            }
            if let Some(first) = seen.insert(trace_id.clone(), line_number) {
                let (path, trace_id) = (path.to_owned(), trace_id.clone());
                return Err(LedgerError::Twice { path, line: line_number, first, trace_id });
            }
        }
        entries.push(entry);
    }
    if entries.is_empty() { Err(LedgerError::Empty { path: path.to_owned() }) } else { Ok(entries) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"trace_id":"0af7651916cd43dd8448eb211c80319c","user":3,"request":1,"endpoint":"/roll-async","die":"fair","times":2,"strategy":"best-effort","status":200,"rolls":[4,null],"total":4,"started":"2023-11-14T22:13:20.000001Z","duration_ms":812.5}"#;

    fn error(text: &str) -> String {
        parse(text.as_bytes(), Path::new("l.jsonl")).expect_err("a bad ledger").to_string()
    }

    #[test]
    fn entries_are_read_and_blank_lines_are_not() {
        let other = LINE.replace("0af", "1af");
        let entries = parse(format!("{LINE}\n\n{other}\n").as_bytes(), Path::new("x")).expect("two entries");
        assert_eq!((entries.len(), entries[0].times, entries[0].total), (2, Some(2), Some(4)));
    }

    #[test]
    fn mistakes_name_the_file_and_the_line() {
        assert!(error(&format!("{LINE}\n{{\"user\":1}}")).starts_with("the ledger l.jsonl, line 2: missing field"));
        assert!(error(&LINE.replace("0af", "0AF")).contains("line 1: trace_id: \"0AF"));
        assert!(
            error(&format!("{LINE}\n{LINE}"))
                .contains("line 2: the trace 0af7651916cd43dd8448eb211c80319c was on line 1")
        );
        assert!(error("\n").contains("is empty"));
        let missing = read(Path::new("/nonexistent/l")).expect_err("no file").to_string();
        assert!(missing.contains("/nonexistent/l cannot be read"), "{missing}");
    }
}
