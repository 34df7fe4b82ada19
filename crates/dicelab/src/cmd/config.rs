//! `dicelab config`: the effective configuration of `up`, as a TOML file with the origin of each value.

use std::ffi::OsStr;
use std::fmt::Write;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use crate::options::up::UpOptions;

/// Arguments of `dicelab config`: those of `up`.
#[derive(Debug, clap::Args)]
pub struct ConfigCommand {
    #[command(flatten)]
    up: UpOptions,
}

/// Prints one `key = value  # origin` line per option; options without a value as comments.
///
/// `matches` are the values of the whole call, `declared` the whole command with the file's values as defaults.
pub fn run(matches: &ArgMatches, declared: &Command) {
    let (Some((name, matches)), mut text) = (matches.subcommand(), String::new()) else { return };
    let Some(command) = declared.find_subcommand(name) else { return };
    // The file's values have become clap's defaults; the options as declared tell them from true defaults.
    let pristine = <UpOptions as clap::Args>::augment_args(Command::new("up"));
    for declared in pristine.get_arguments().filter(|option| option.get_id() != "config") {
        let Some(option) = command.get_arguments().find(|option| option.get_id() == declared.get_id()) else {
            continue;
        };
        let key = option.get_long().unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = match value(option, matches) {
            Some(value) => writeln!(text, "{:<36} # {}", format!("{key} = {value}"), origin(option, declared, matches)),
            None => writeln!(text, "# {key} is not set"),
        };
    }
    print!("{text}");
}

fn origin(option: &Arg, declared: &Arg, matches: &ArgMatches) -> String {
    match matches.value_source(option.get_id().as_str()) {
        Some(ValueSource::CommandLine) => "command line".to_owned(),
        Some(ValueSource::EnvVariable) => option.get_env().unwrap_or_default().to_string_lossy().into_owned(),
        _ if declared.get_default_values() != option.get_default_values() => "file".to_owned(),
        _ => "default".to_owned(),
    }
}

/// The option's value as TOML.
fn value(option: &Arg, matches: &ArgMatches) -> Option<String> {
    let id = option.get_id().as_str();
    if !option.get_action().takes_values() {
        return Some(matches.get_flag(id).to_string());
    }
    let values: Vec<String> = matches.get_raw(id)?.map(toml_value).collect();
    let list = matches!(option.get_action(), clap::ArgAction::Append);
    Some(if list { format!("[{}]", values.join(", ")) } else { values.concat() })
}

/// Whole numbers stay numbers, all else is a string.
fn toml_value(raw: &OsStr) -> String {
    let text = raw.to_string_lossy();
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => text.into_owned(),
        _ => toml::Value::String(text.into_owned()).to_string(),
    }
}
