//! One declaration per option, four places that may set it: the command line, `DICELAB_…`, the file of
//! `--config`, the default. The first that does wins.
//!
//! The declarations are clap's. The variable of an option is derived from its name, and a key of the file
//! is the name itself; a value of the file simply becomes the option's default. A key at the top of the
//! file is for every command that has such an option, a table such as `[traffic]` is for that command.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command};

use crate::cli::mistakes::Mistakes;
use crate::cli::{arguments, environment, file};

/// What a call says once its layers are put on top of each other.
pub struct Layered {
    /// The command with the file's values as defaults.
    pub command: Command,
    /// The values; `None` if the command line is beyond understanding, which the mistakes explain.
    pub matches: Option<ArgMatches>,
    /// What was wrong; where the rest could be understood, wrong values are left out of it.
    pub mistakes: Mistakes,
}

/// Reads all layers. An error is a request for help or for the version.
pub fn read(command: Command, argv: Vec<OsString>) -> Result<Layered, clap::Error> {
    let mut mistakes = Mistakes::default();
    let mut command = map_leaves(command, &mut |leaf| leaf.mut_args(environment::name_variable));
    if let Some(path) = config_path(&argv) {
        command = file::apply(command, &path, &mut mistakes);
    }
    command = environment::check(command, &mut mistakes);
    let matches = arguments::parse(&command, argv, &mut mistakes)?;
    Ok(Layered { command, matches, mistakes })
}

/// Changes every command that has no commands below it.
pub(crate) fn map_leaves(command: Command, change: &mut dyn FnMut(Command) -> Command) -> Command {
    if command.has_subcommands() { command.mut_subcommands(|below| map_leaves(below, change)) } else { change(command) }
}

/// Whether `values` would do for an option, in words if not.
pub(crate) fn check_values(leaf: &Command, option: &Arg, values: &[OsString]) -> Result<(), String> {
    let name = option.get_long().unwrap_or_default();
    if !option.get_action().takes_values() {
        let good = matches!(values, [value] if value == "true" || value == "false");
        return if good { Ok(()) } else { Err("expected true or false".to_owned()) };
    }
    let one_of_them = |value: &OsString| {
        let mut argument = OsString::from(format!("--{name}="));
        argument.push(value);
        argument
    };
    let argv = std::iter::once(OsString::from("dicelab")).chain(values.iter().map(one_of_them));
    match leaf.clone().mut_args(|arg| arg.env(None::<&str>)).try_get_matches_from(argv) {
        Err(error) if !arguments::is_about_what_is_missing(&error) => Err(arguments::describe_value(&error)),
        _ => Ok(()),
    }
}

/// The file named on the command line, or by `DICELAB_CONFIG`.
fn config_path(argv: &[OsString]) -> Option<PathBuf> {
    let mut argv = argv.iter();
    while let Some(argument) = argv.next() {
        let text = argument.to_string_lossy();
        if text == "--config" {
            return argv.next().map(PathBuf::from);
        }
        if let Some(path) = text.strip_prefix("--config=") {
            return Some(PathBuf::from(path));
        }
    }
    std::env::var_os("DICELAB_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from)
}
