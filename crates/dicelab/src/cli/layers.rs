//! One declaration per option, four places that may set it: the command line, `DICELAB_…`, the file of
//! `--config`, the default. The first that does wins.
//!
//! The declarations are clap's. The variable of an option is derived from its name, and a key of the file
//! is the name itself; a value of the file simply becomes the option's default. A key at the top of the
//! file is for every command that has such an option, a table such as `[traffic]` is for that command.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgMatches, Command};

use crate::cli::leaves::map_leaves;
use crate::cli::{arguments, environment, file};
use crate::options::mistakes::Mistakes;

/// What a call says once its layers are put on top of each other.
pub struct Layered {
    /// The command with the file's values as defaults.
    pub command: Command,
    /// The values; `None` if the command line is beyond understanding, which the mistakes explain.
    pub matches: Option<ArgMatches>,
    /// What is no mistake, but probably not what was meant.
    pub notes: Vec<String>,
    /// What was wrong; where the rest could be understood, wrong values are left out of it.
    pub mistakes: Mistakes,
}

/// Reads all layers. An error is a request for help or for the version.
pub fn read(command: Command, argv: Vec<OsString>) -> Result<Layered, clap::Error> {
    let mut mistakes = Mistakes::of(argv.get(1).and_then(|word| word.to_str()));
    let mut command = map_leaves(command, &mut |leaf| leaf.mut_args(environment::name_variable));
    if let Some(path) = config_path(&argv) {
        command = file::apply(command, &path, &mut mistakes);
    }
    let notes = environment::unknown(&command);
    command = environment::check(command, &mut mistakes);
    let matches = arguments::parse(&command, argv, &mut mistakes)?;
    Ok(Layered { command, matches, notes, mistakes })
}

/// The file named on the command line, or by `DICELAB_CONFIG`.
fn config_path(argv: &[OsString]) -> Option<PathBuf> {
    let mut argv = argv.iter();
    while let Some(argument) = argv.next() {
        let text = argument.to_string_lossy();
        if text == "--" {
            // What follows belongs to another program.
            break;
        }
        if text == "--config" {
            return argv.next().map(PathBuf::from);
        }
        if let Some(path) = text.strip_prefix("--config=") {
            return Some(PathBuf::from(path));
        }
    }
    std::env::var_os("DICELAB_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from)
}
