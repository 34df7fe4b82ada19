//! What is wrong with a call, collected so that all of it is said at once, before anything starts.

use std::fmt::{self, Display};

/// A list of mistakes, one line each, every line beginning with the place of the mistake.
#[derive(Debug, Default)]
pub struct Mistakes {
    lines: Vec<String>,
    /// The command would have started something.
    starts: bool,
}

/// Commands that start something.
const STARTING: [&str; 6] = ["up", "lab", "run", "open", "service", "traffic"];

impl Mistakes {
    /// No mistakes yet in a call of the command with this name, if there is one.
    pub fn of(command: Option<&str>) -> Self {
        Self { lines: Vec::new(), starts: command.is_some_and(|name| STARTING.contains(&name)) }
    }

    /// Notes a mistake at a place: an option, a variable, a key of a file.
    pub fn add(&mut self, place: impl Display, what: impl Display) {
        self.lines.push(format!("{place}: {what}"));
    }

    /// Notes a line which names its place itself.
    pub fn add_line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// The value, or `None` with the error noted.
    pub fn take<T, E: Display>(&mut self, place: impl Display, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(place, error)).ok()
    }

    /// True if nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// `dicelab: 2 mistakes, nothing was started`, then one indented line each. Only of a command that starts something is it
/// worth saying that nothing was.
impl Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lines.len() {
            1 => write!(f, "dicelab: 1 mistake")?,
            count => write!(f, "dicelab: {count} mistakes")?,
        }
        if self.starts {
            write!(f, ", nothing was started")?;
        }
        self.lines.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}
