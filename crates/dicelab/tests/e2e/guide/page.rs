//! A page of the guide, as the test reads it: its header, and its blocks of commands with what they print.

use std::path::{Path, PathBuf};

/// How the comment begins that says what a page needs.
const HEADER: &str = "<!-- guide";
/// How the comment begins that says why the block below it is not run.
const NOT_RUN: &str = "<!-- not run: ";

/// One page of the guide.
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    /// Arguments of the lab that runs before the first command, if the reader has one by then.
    pub(crate) lab: Option<String>,
    /// Arguments added to those of every lab that the page itself starts, to make it quick.
    pub(crate) options: String,
    /// Commands that are run before those of the page, such as traffic.
    pub(crate) before: Vec<String>,
    pub(crate) blocks: Vec<Block>,
    /// The commands of the blocks that say why they are not run.
    pub(crate) not_run: Vec<String>,
}

/// One ```` ```console ```` block that is run.
#[derive(Default)]
pub(crate) struct Block {
    /// Prints numbers, ids and times of its own each time.
    pub(crate) varies: bool,
    /// Is repeated until it prints what is shown: telemetry takes a moment.
    pub(crate) eventually: bool,
    /// Starts a lab, which then goes on running.
    pub(crate) lab: bool,
    /// The code with which its last command ends.
    pub(crate) exit: i32,
    /// A program that not every machine has; without it the block is skipped.
    pub(crate) needs: Option<String>,
    pub(crate) steps: Vec<Step>,
}

/// A command and what it prints.
#[derive(Default)]
pub(crate) struct Step {
    /// The line of its prompt, from 1.
    pub(crate) line: usize,
    pub(crate) command: String,
    pub(crate) output: Vec<String>,
}

impl Page {
    /// Reads a page; the message of an error names the line.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        let mut page = Self {
            path: path.to_owned(),
            lab: None,
            options: String::new(),
            before: Vec::new(),
            blocks: Vec::new(),
            not_run: Vec::new(),
        };
        let lines: Vec<&str> = text.lines().collect();
        let mut at = 0;
        while at < lines.len() {
            let end = |stop: &str| (at + 1..lines.len()).find(|i| lines[*i] == stop).unwrap_or(lines.len());
            let fail = |what: String| format!("{}: {what}", at + 1);
            if lines[at] == HEADER {
                let close = end("-->");
                lines[at + 1..close].iter().try_for_each(|line| page.setting(line)).map_err(fail)?;
                at = close;
            } else if let Some(info) = lines[at].strip_prefix("```") {
                let close = end("```");
                let above = lines[..at].iter().rev().find(|line| !line.is_empty());
                let not_run = above.is_some_and(|line| line.starts_with(NOT_RUN));
                match block(info, at, &lines[at + 1..close]).map_err(fail)? {
                    Some(block) if not_run => page.not_run.extend(block.steps.into_iter().map(|step| step.command)),
                    Some(block) => page.blocks.push(block),
                    None => {}
                }
                at = close;
            }
            at += 1;
        }
        Ok(page)
    }

    /// One line of the header.
    fn setting(&mut self, line: &str) -> Result<(), String> {
        let (key, value) = line.split_once(": ").ok_or(format!("`{line}` is no setting"))?;
        match key {
            "lab" => self.lab = Some(value.to_owned()),
            "options" => value.clone_into(&mut self.options),
            "run" => self.before.push(value.to_owned()),
            _ => return Err(format!("no setting is called `{key}`")),
        }
        Ok(())
    }
}

/// A fenced block; `None` if it shows no commands.
fn block(info: &str, fence: usize, lines: &[&str]) -> Result<Option<Block>, String> {
    let mut words = info.split_whitespace();
    match words.next() {
        Some("console") => {}
        Some("sh" | "bash" | "shell") => return Err("commands stand in a `console` block, where they are run".into()),
        _ => return Ok(None),
    }
    let mut block = Block::default();
    for word in words {
        match word.split_once('=') {
            None if word == "varies" => block.varies = true,
            None if word == "eventually" => block.eventually = true,
            None if word == "lab" => block.lab = true,
            Some(("exit", code)) => block.exit = code.parse().map_err(|_| format!("`{code}` is no exit code"))?,
            Some(("needs", program)) => block.needs = Some(program.to_owned()),
            _ => return Err(format!("a console block cannot be `{word}`")),
        }
    }
    for (number, line) in lines.iter().enumerate() {
        if let Some(command) = line.strip_prefix("$ ") {
            let command = command.to_owned();
            block.steps.push(Step { line: fence + number + 2, command, output: Vec::new() });
            continue;
        }
        let step = block.steps.last_mut().ok_or("a console block begins with a prompt, `$ `")?;
        // An empty line that goes on has no space at its end.
        match line.strip_prefix("> ").or_else(|| (*line == ">").then_some("")) {
            Some(more) if step.output.is_empty() => step.command += &format!("\n{more}"),
            _ => step.output.push((*line).to_owned()),
        }
    }
    Ok(Some(block))
}
