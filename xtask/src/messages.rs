//! `cargo xtask messages`: every text that a user of the lab can see, with its place, so that a reader who does not know
//! the code can go through all of them. Rust gives the texts of errors, of the log, of help and of answers; the page
//! gives its texts. What tests say is left out, and so is what no person reads: SQL, headers, names, formats.

mod message;
mod prose;
mod rust;
mod web;

use std::collections::BTreeMap;
use std::process::ExitCode;

use crate::messages::message::{Kind, Message};
use crate::tree;

/// Prints all messages as Markdown, by kind and file.
pub(crate) fn print() -> ExitCode {
    let root = tree::root();
    let mut by_kind: BTreeMap<Kind, BTreeMap<String, Vec<Message>>> = BTreeMap::new();
    let rust = tree::sources(&root).into_iter().map(|(path, text)| (path.display().to_string(), text));
    let shipped = rust.filter(|(path, _)| !path.starts_with("xtask/") && !path.starts_with("crates/lab-testkit/"));
    let of_rust = shipped.map(|(path, text)| (rust::messages(&path, &text), path));
    let of_page = tree::page(&root).into_iter().map(|(path, text)| (web::messages(&text), path.display().to_string()));
    for (messages, path) in of_rust.chain(of_page) {
        for message in messages {
            by_kind.entry(message.kind).or_default().entry(path.clone()).or_default().push(message);
        }
    }
    println!("# What users read");
    for (kind, files) in &by_kind {
        println!("\n## {}", kind.title());
        for (path, messages) in files {
            println!("\n### {path}\n");
            for Message { line, text, .. } in messages {
                println!("- {line}: {text}");
            }
        }
    }
    ExitCode::SUCCESS
}
