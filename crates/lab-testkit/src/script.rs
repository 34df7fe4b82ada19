//! Scripts of the query-language tests: blocks of a command line and indented body lines.
//!
//! ```text
//! # a comment
//! load
//!   what to load, one item a line
//!
//! eval some query
//!   what is expected, one item a line
//! ```
//!
//! A line that starts in column one opens a block, indented lines belong to it, `#` in column one starts
//! a comment, empty lines separate. What commands and bodies mean is the language's own business.

use std::path::{Path, PathBuf};

/// One command with its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Line of the command in the file, from 1.
    pub line: usize,
    /// The command's first word.
    pub command: String,
    /// The rest of the command line.
    pub argument: String,
    /// The body's lines, trimmed.
    pub body: Vec<String>,
}

/// Splits a script into its blocks.
pub fn parse(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let block = blocks.last_mut().unwrap_or_else(|| panic!("line {}: a body without a command", at + 1));
            block.body.push(line.trim().to_owned());
        } else {
            let (command, argument) = line.split_once(' ').unwrap_or((line, ""));
            let (command, argument) = (command.to_owned(), argument.trim().to_owned());
            blocks.push(Block { line: at + 1, command, argument, body: Vec::new() });
        }
    }
    blocks
}

/// Runs every `*.test` script of a folder, each with a fresh state; panics with all failures together.
///
/// `run` gets the state and one block; an `Err` says what was wrong.
pub fn run_folder<S>(folder: &Path, fresh: impl Fn() -> S, run: impl Fn(&mut S, &Block) -> Result<(), String>) {
    let mut failures = Vec::new();
    for file in files(folder, "test") {
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut state = fresh();
        for block in parse(&text) {
            if let Err(reason) = run(&mut state, &block) {
                failures.push(format!(
                    "{}:{}: {} {}\n    {reason}",
                    file.display(),
                    block.line,
                    block.command,
                    block.argument
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

/// The files of a folder with this extension, sorted by name; panics if there is none.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    assert!(!files.is_empty(), "{} holds no file that ends in .{extension}", folder.display());
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_a_command_an_argument_and_a_body() {
        let blocks = parse("# note\nload\n  a 1\n  b 2\n\neval sum(a)\n  3\nclear\n");
        assert_eq!(blocks.len(), 3);
        assert_eq!((blocks[0].line, &*blocks[0].command, blocks[0].body.len()), (2, "load", 2));
        assert_eq!((&*blocks[1].argument, &*blocks[1].body[0]), ("sum(a)", "3"));
        assert!(blocks[2].body.is_empty());
    }

    #[test]
    #[should_panic(expected = "1 failures")]
    fn a_failing_block_fails_the_run() {
        let folder = std::env::temp_dir().join(format!("dicelab-script-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("made");
        std::fs::write(folder.join("a.test"), "good\nbad\n").expect("written");
        run_folder(&folder, || (), |(), block| if block.command == "good" { Ok(()) } else { Err("no".into()) });
    }
}
