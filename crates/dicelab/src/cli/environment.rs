//! `DICELAB_…` variables: `--max-memory` is `DICELAB_MAX_MEMORY`.

use std::collections::BTreeSet;

use clap::{Arg, Command};
use lab_model::text::nearest::nearest;

use crate::cli::leaves::{check_values, map_leaves};
use crate::options::mistakes::Mistakes;

/// Gives an option its variable.
pub(crate) fn name_variable(option: Arg) -> Arg {
    match option.get_long() {
        Some(name) => {
            let variable = format!("DICELAB_{}", name.replace('-', "_").to_uppercase());
            option.env(variable).hide_env(true)
        }
        None => option,
    }
}

/// Notes variables with bad values and takes them away.
pub(crate) fn check(command: Command, mistakes: &mut Mistakes) -> Command {
    let mut bad = Vec::new();
    let command = map_leaves(command, &mut |leaf| {
        let wrong: Vec<_> = leaf
            .get_arguments()
            .filter_map(|option| {
                let (variable, value) = (option.get_env()?.to_owned(), std::env::var_os(option.get_env()?)?);
                let why = check_values(&leaf, option, &[value]).err()?;
                Some((option.get_id().clone(), variable, why))
            })
            .collect();
        wrong.into_iter().fold(leaf, |leaf, (id, variable, why)| {
            bad.push((variable, why));
            leaf.mut_arg(id, |option| option.env(None::<&str>))
        })
    });
    // An option that several commands have is wrong only once.
    bad.sort();
    bad.dedup();
    for (variable, why) in bad {
        mistakes.add(variable.to_string_lossy(), why);
    }
    command
}

/// What all our variables begin with.
const PREFIX: &str = "DICELAB_";
/// Beginnings of variables that tests and containers read, not the command line.
const OF_OTHERS: [&str; 16] = [
    "DICELAB_BLESS",
    "DICELAB_FLIPS",
    "DICELAB_FUZZ_",
    "DICELAB_GUIDE",
    "DICELAB_LAB_",
    "DICELAB_OTLP_",
    "DICELAB_PARITY_",
    "DICELAB_PEERS",
    "DICELAB_PUBLISHED_RULES",
    "DICELAB_SCENARIOS_",
    "DICELAB_SILENT",
    "DICELAB_TAG",
    "DICELAB_TEST_",
    "DICELAB_URL",
    "DICELAB_WORKER_THREADS",
    "DICELAB_CONFIG",
];

/// A line about each variable that looks like one of ours and is none.
pub(crate) fn unknown(command: &Command) -> Vec<String> {
    let mut known = BTreeSet::new();
    map_leaves(command.clone(), &mut |leaf| {
        known.extend(leaf.get_arguments().filter_map(|option| Some(option.get_env()?.to_string_lossy().into_owned())));
        leaf
    });
    let given = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    let strange: Vec<_> = given.filter(|name| name.starts_with(PREFIX) && !known.contains(name)).collect();
    let strange = strange.into_iter().filter(|name| OF_OTHERS.iter().all(|other| !name.starts_with(other)));
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let said = strange.map(|name| match nearest(&name, &known).first() {
        Some(near) => format!("{name} has no effect; did you mean {near}?"),
        None => format!("{name} has no effect: no option has this variable"),
    });
    said.collect::<BTreeSet<_>>().into_iter().collect()
}
