//! How a command prints its result: for people or for programs.

use clap::ValueEnum;

/// The form in which a result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people to read
    Text,
    /// For programs to read
    Json,
}
