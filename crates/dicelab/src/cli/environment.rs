//! `DICELAB_…` variables: `--max-memory` is `DICELAB_MAX_MEMORY`.

use clap::{Arg, Command};

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
