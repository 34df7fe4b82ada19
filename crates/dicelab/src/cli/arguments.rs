//! The command line itself, parsed again and again without its mistakes until all of them are known.

use std::error::Error as _;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command};

use crate::options::mistakes::Mistakes;

/// The values of the command line without its wrong parts, which are noted; `None` if there is no way to
/// go on. An error is a request for help or for the version.
pub(crate) fn parse(
    command: &Command,
    mut argv: Vec<OsString>,
    mistakes: &mut Mistakes,
) -> Result<Option<ArgMatches>, clap::Error> {
    // Each round removes at least one argument, so this ends.
    loop {
        let error = match command.clone().try_get_matches_from(&argv) {
            Ok(matches) => return Ok(Some(matches)),
            Err(error) => error,
        };
        match error.kind() {
            ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => return Err(error),
            _ => mistakes.add_line(describe(&error)),
        }
        if !remove_culprit(command, &mut argv, &error) {
            return Ok(None);
        }
    }
}

/// True if the only complaint is that something required was not given.
pub(crate) fn is_about_what_is_missing(error: &clap::Error) -> bool {
    matches!(error.kind(), ErrorKind::MissingRequiredArgument | ErrorKind::MissingSubcommand)
}

/// What is wrong with a value, without the name of its option.
pub(crate) fn describe_value(error: &clap::Error) -> String {
    match error.source() {
        Some(source) => source.to_string(),
        None => first_paragraph(error),
    }
}

fn describe(error: &clap::Error) -> String {
    match (error.kind(), culprit(error)) {
        (ErrorKind::ValueValidation, Some(option)) => format!("{option}: {}", describe_value(error)),
        (ErrorKind::InvalidSubcommand, _) => unknown_command(error),
        (ErrorKind::UnknownArgument, Some(option)) => match error.get(ContextKind::SuggestedArg) {
            Some(ContextValue::String(nearest)) => format!("{option}: no such option; did you mean {nearest}?"),
            _ => format!("{option}: no such option"),
        },
        _ => first_paragraph(error),
    }
}

fn unknown_command(error: &clap::Error) -> String {
    let name = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(name)) => name.as_str(),
        _ => "this",
    };
    match error.get(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::Strings(near)) if !near.is_empty() => {
            format!("{name}: no such command; did you mean {}?", near.join(" or "))
        }
        _ => format!("{name}: no such command; `dicelab help` lists them"),
    }
}

/// clap's own words: the first paragraph of its report on one line.
fn first_paragraph(error: &clap::Error) -> String {
    let text = error.to_string();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let lines: Vec<_> = paragraph.lines().map(str::trim).collect();
    lines.join(" ").trim_start_matches("error: ").to_owned()
}

/// The option or argument that an error is about, as one types it.
fn culprit(error: &clap::Error) -> Option<String> {
    match error.get(ContextKind::InvalidArg)? {
        ContextValue::String(text) => text.split([' ', '=']).next().map(str::to_owned),
        _ => None,
    }
}

/// Takes what an error is about out of the command line; false if that cannot be told.
fn remove_culprit(command: &Command, argv: &mut Vec<OsString>, error: &clap::Error) -> bool {
    let Some(name) = culprit(error).filter(|name| name.starts_with('-')) else { return false };
    let prefix = format!("{name}=");
    let named = |argument: &OsString| {
        let text = argument.to_string_lossy();
        text == name || text.starts_with(&prefix)
    };
    // Of an option that is repeated, the one with the value complained about; the value may stand by itself.
    let wrong = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value)) => value.as_str(),
        _ => "",
    };
    let says = |argument: Option<&OsString>| argument.is_some_and(|text| text.to_string_lossy().contains(wrong));
    let culprit = |at: &usize| named(&argv[*at]) && (says(argv.get(*at)) || says(argv.get(*at + 1)));
    let found = (0..argv.len()).rev().find(culprit).or_else(|| argv.iter().rposition(named));
    let Some(at) = found else { return false };
    let has_own_value = argv[at].to_string_lossy().starts_with(&prefix);
    argv.remove(at);
    let next_is_value = argv.get(at).is_some_and(|next| !next.to_string_lossy().starts_with('-'));
    let takes_value = error.kind() != ErrorKind::UnknownArgument || !has_positionals(command, argv);
    if !has_own_value && next_is_value && takes_value {
        argv.remove(at);
    }
    true
}

/// True if the called command has arguments without a name, which a word after an unknown option may be.
fn has_positionals(command: &Command, argv: &[OsString]) -> bool {
    let mut called = command;
    for argument in argv.iter().skip(1) {
        match called.find_subcommand(argument) {
            Some(below) => called = below,
            None => break,
        }
    }
    called.has_subcommands() || called.get_positionals().next().is_some()
}
