//! What is wrong with a call, collected so that all of it is said at once, before anything starts.

use std::fmt::{self, Display};

/// A list of mistakes, one line each, every line beginning with the place of the mistake.
#[derive(Debug, Default)]
pub struct Mistakes(Vec<String>);

impl Mistakes {
    /// Notes a mistake at a place: an option, a variable, a key of a file.
    pub fn add(&mut self, place: impl Display, what: impl Display) {
        self.0.push(format!("{place}: {what}"));
    }

    /// Notes a line which names its place itself.
    pub fn add_line(&mut self, line: impl Into<String>) {
        self.0.push(line.into());
    }

    /// The value, or `None` with the error noted.
    pub fn take<T, E: Display>(&mut self, place: impl Display, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(place, error)).ok()
    }

    /// True if nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `dicelab: 2 mistakes, nothing was started`, then one indented line each.
impl Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "dicelab: 1 mistake, nothing was started")?,
            count => write!(f, "dicelab: {count} mistakes, nothing was started")?,
        }
        self.0.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}
