//! `cargo xtask tidy`: every sentence under "Invariants" in ARCHITECTURE.md, as far as it can be read off the source.
//! Each rule is one function in a file of its concept; `exceptions.toml` lists what is excused, and why.

mod dependencies;
mod exceptions;
mod files;
mod invariants;
mod modules;
mod names;
mod packages;
mod rule;

use std::process::ExitCode;

use crate::tidy::exceptions::Exceptions;
use crate::tidy::rule::{Rule, Workspace};

/// Every rule, in the order of the invariants.
fn rules() -> Vec<Rule> {
    let of_files = [files::ROOM_CARD, files::SIZE, files::comments::WORDS, files::paths::RULE];
    let of_modules = modules::RULES.into_iter().chain([modules::VALUES, modules::TRANSLATION, modules::PANICS]);
    let of_dependencies = dependencies::RULES.into_iter().chain(packages::RULES);
    of_files.into_iter().chain(of_dependencies).chain(names::RULES).chain(of_modules).collect()
}

/// Judges the workspace; every finding that no exception excuses is printed with its place.
pub(crate) fn run() -> ExitCode {
    let loaded = Workspace::load().and_then(|workspace| Ok((Exceptions::load(&workspace.root)?, workspace)));
    let (exceptions, workspace) = match loaded {
        Ok(loaded) => loaded,
        Err(error) => {
            eprintln!("tidy: {error}");
            return ExitCode::from(2);
        }
    };
    let rules = rules();
    let mut count = 0;
    for rule in &rules {
        for finding in (rule.check)(&workspace).iter().filter(|finding| !exceptions.excuse(rule.name, finding)) {
            eprintln!("{finding} [{}]", rule.name);
            count += 1;
        }
    }
    let names: Vec<&str> = rules.iter().map(|rule| rule.name).collect();
    for finding in invariants::check(&workspace, &names) {
        eprintln!("{finding} [invariants]");
        count += 1;
    }
    for unused in exceptions.unused(&names) {
        eprintln!("{unused} [exceptions]");
        count += 1;
    }
    if count > 0 {
        eprintln!("tidy: {count} findings");
        return ExitCode::FAILURE;
    }
    println!("tidy: {} rules hold, with {} exceptions", rules.len(), exceptions.len());
    ExitCode::SUCCESS
}
