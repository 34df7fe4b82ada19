//! `cargo xtask tidy`: the rules of ARCHITECTURE.md and CONTRIBUTING.md that the compiler does not check.
//! `cargo xtask structure [CRATE]`: how the inside of a crate departs from them, with every place.
//! `cargo xtask messages`: every text that users see. `cargo xtask test-often RUNS BUSY [CRATE]`: the tests many times.
//! `cargo xtask deploy`: whether the files of `deploy/` fit together. `cargo xtask image ROOT`: whether the image's
//! root directory holds all that the services need.

mod deploy;
mod image;
mod messages;
mod often;
mod source;
mod structure;
mod tidy;
mod tree;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => tidy::run(),
        ["structure"] => structure::report(None),
        ["structure", name] => structure::report(Some(name)),
        ["messages"] => messages::print(),
        ["test-often", runs, busy] => often::run(runs, busy, None),
        ["test-often", runs, busy, name] => often::run(runs, busy, Some(name)),
        ["deploy"] => judge("deploy", &deploy::ALL),
        ["image", root] => image::check(Path::new(root)),
        _ => {
            eprintln!(
                "usage: cargo xtask tidy | structure [CRATE] | messages | test-often RUNS BUSY [CRATE] | deploy | image ROOT"
            );
            ExitCode::from(2)
        }
    }
}

fn judge(what: &str, rules: &[tree::Rule]) -> ExitCode {
    let root = tree::root();
    let findings: Vec<String> = rules.iter().flat_map(|rule| rule(&root)).collect();
    for finding in &findings {
        eprintln!("{finding}");
    }
    if findings.is_empty() {
        println!("{what}: {} rules hold", rules.len());
        ExitCode::SUCCESS
    } else {
        eprintln!("{what}: {} findings", findings.len());
        ExitCode::FAILURE
    }
}
