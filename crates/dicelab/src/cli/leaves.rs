//! The declarations at the ends of the command tree: to change each of them, and to try values against one option.

use std::ffi::OsString;

use clap::{Arg, Command};

use crate::cli::arguments;

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
