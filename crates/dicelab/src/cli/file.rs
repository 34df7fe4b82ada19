//! The TOML file of `--config`: options by their long names, commands as tables.
//!
//! ```toml
//! port-offset = 1000          # for every command that has the option
//! max-memory = "256MiB"
//! [traffic]                   # for `dicelab traffic` alone
//! users = 50
//! ```

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::Path;

use clap::builder::OsStr;
use clap::{Arg, Command, Id};
use lab_model::text::nearest::nearest;
use toml::{Table, Value};

use crate::cli::leaves::{check_values, map_leaves};
use crate::options::mistakes::Mistakes;

/// Makes the file's values the defaults of the options that they name.
pub(crate) fn apply(command: Command, path: &Path, mistakes: &mut Mistakes) -> Command {
    let read = || -> Result<Table, String> {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        text.parse::<Table>().map_err(|error| error.to_string().trim_end().replace('\n', "\n    "))
    };
    let Some(table) = mistakes.take(path.display(), read()) else { return command };
    let mut command = command;
    let mut checked = HashSet::new();
    let mut set = |command: Command, scope: Option<&str>, key: &str, value: &Value, mistakes: &mut Mistakes| {
        let written = scope.map_or_else(|| key.to_owned(), |scope| format!("{scope}.{key}"));
        let place = format!("{}: `{written}`", path.display());
        let (mut known, mut why) = (false, None);
        let command = map_leaves(command, &mut |leaf| {
            let option = leaf.get_arguments().find(|option| option.get_long() == Some(key)).cloned();
            let (Some(option), true) = (option, scope.is_none_or(|scope| is_table_of(scope, &leaf))) else {
                return leaf;
            };
            known = true;
            match values_of(value).and_then(|values| check_values(&leaf, &option, &values).map(|()| values)) {
                Ok(values) => set_default(leaf, option.get_id().clone(), values),
                Err(error) => {
                    why = Some(error);
                    leaf
                }
            }
        });
        if let Some(why) = why.filter(|_| checked.insert(written.clone())) {
            mistakes.add(place, why);
        } else if !known {
            mistakes.add(&place, unknown(&command, scope, key));
        }
        command
    };
    // Tables after the top, so that they win.
    let (tables, top): (Vec<_>, Vec<_>) = table.iter().partition(|(_, value)| value.is_table());
    for (key, value) in top {
        command = set(command, None, key, value, mistakes);
    }
    for (scope, value) in tables {
        if !leaf_names(&command).contains(scope) {
            mistakes.add(format!("{}: `[{scope}]`", path.display()), unknown_table(&command, scope));
            continue;
        }
        for (key, value) in value.as_table().into_iter().flatten() {
            command = set(command, Some(scope), key, value, mistakes);
        }
    }
    command
}

/// A table is for the command of its name; `config` shows the configuration of `up`.
fn is_table_of(table: &str, leaf: &Command) -> bool {
    leaf.get_name() == table || (leaf.get_name() == "config" && table == "up")
}

fn set_default(leaf: Command, id: Id, values: Vec<OsString>) -> Command {
    let values: Vec<OsStr> = values.into_iter().map(OsStr::from).collect();
    leaf.mut_arg(id, |option: Arg| option.default_values(values))
}

fn values_of(value: &Value) -> Result<Vec<OsString>, String> {
    match value {
        Value::String(text) => Ok(vec![text.into()]),
        Value::Integer(number) => Ok(vec![number.to_string().into()]),
        Value::Float(number) => Ok(vec![number.to_string().into()]),
        Value::Boolean(flag) => Ok(vec![flag.to_string().into()]),
        Value::Array(items) => items.iter().map(values_of).collect::<Result<Vec<_>, _>>().map(|all| all.concat()),
        Value::Datetime(_) | Value::Table(_) => Err(format!("expected a value, not a {}", value.type_str())),
    }
}

fn unknown(command: &Command, scope: Option<&str>, key: &str) -> String {
    let mut names = HashSet::new();
    map_leaves(command.clone(), &mut |leaf| {
        if scope.is_none_or(|scope| is_table_of(scope, &leaf)) {
            names.extend(leaf.get_arguments().filter_map(Arg::get_long).map(str::to_owned));
        }
        leaf
    });
    with_nearest("no such option", key, names)
}

fn unknown_table(command: &Command, table: &str) -> String {
    with_nearest("no such command", table, leaf_names(command))
}

fn leaf_names(command: &Command) -> HashSet<String> {
    let mut names = HashSet::new();
    map_leaves(command.clone(), &mut |leaf| {
        names.insert(leaf.get_name().to_owned());
        leaf
    });
    names
}

fn with_nearest(what: &str, name: &str, known: HashSet<String>) -> String {
    let known: Vec<String> = known.into_iter().collect();
    match nearest(name, &known).first() {
        Some(nearest) => format!("{what}; did you mean `{nearest}`?"),
        None => what.to_owned(),
    }
}
