//! Every command of the guide's pages is run against a lab, as a reader would run it, and must print what the page
//! shows. docs/guide/README.md explains how the pages are written.

mod expect;
mod page;
mod reader;
mod session;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use page::Page;
use reader::{Broken, read};

/// Set to write into the pages what the commands print now, where it differs.
const BLESS: &str = "DICELAB_BLESS";
/// Set to the name of one page, to read only that.
const ONLY: &str = "DICELAB_GUIDE";
/// How many pages are read at the same time, each with a lab of its own.
const READERS: usize = 3;
/// The commands that the guide shows and that this test does not run, with where they are run instead.
const NOT_RUN: [(&str, &str); 5] = [
    // Builds the binary that runs this test, and starts it: the rest of the page does.
    ("getting-started.md", "make up"),
    // The lab of the page, which the test has started with these arguments.
    ("traffic.md", "dicelab up --no-traffic"),
    // Go on until they are stopped, at a port that may be taken: the tests of `verify` and of the control address send orders.
    ("traffic.md", "dicelab traffic --max-rolls endless --control 127.0.0.1:8109"),
    ("traffic.md", "curl -s -X POST 'http://localhost:8109/api/v0/traffic/pause?for=10s'"),
    // Takes half a minute: the tests of `verify` run it.
    ("verify.md", "dicelab verify"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_command_of_the_guide_prints_what_its_page_shows() {
    let only = std::env::var(ONLY).unwrap_or_default();
    let (desks, mut readers) = (Arc::new(Semaphore::new(READERS)), JoinSet::new());
    for path in pages().into_iter().filter(|path| path.display().to_string().contains(&only)) {
        let desks = desks.clone();
        readers.spawn(async move {
            let _desk = desks.acquire().await.expect("open");
            let page = Page::read(&path).unwrap_or_else(|error| panic!("{}:{error}", path.display()));
            let broken = read(&page).await;
            (page, broken)
        });
    }
    let mut findings = Vec::new();
    while let Some(done) = readers.join_next().await {
        let (page, broken) = done.expect("a page that can be read");
        if std::env::var_os(BLESS).is_some() {
            bless(&page, &broken);
        }
        let name = page.path.file_name().unwrap_or_default().display();
        findings.extend(broken.iter().map(|broken| format!("docs/guide/{name}:{}: {}", broken.line, broken.why)));
    }
    assert!(findings.is_empty(), "{} of the guide's promises are broken:\n\n{}", findings.len(), findings.join("\n\n"));
}

#[test]
fn only_commands_that_are_run_elsewhere_are_marked_as_not_run() {
    let mut found = Vec::new();
    for path in pages() {
        let page = Page::read(&path).unwrap_or_else(|error| panic!("{}:{error}", path.display()));
        let name = path.file_name().unwrap_or_default().display().to_string();
        found.extend(page.not_run.into_iter().map(|command| (name.clone(), command)));
    }
    assert_eq!(found, NOT_RUN.map(|(page, command)| (page.to_owned(), command.to_owned())));
}

/// Every page of the guide.
fn pages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide");
    let files = std::fs::read_dir(folder).expect("the guide").map(|entry| entry.expect("an entry").path());
    let mut pages: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    pages.sort();
    assert!(!pages.is_empty());
    pages
}

/// Replaces the output that the page shows by what was printed.
fn bless(page: &Page, broken: &[Broken]) {
    let text = std::fs::read_to_string(&page.path).expect("read before");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let steps = page.blocks.iter().flat_map(|block| &block.steps);
    for step in steps.collect::<Vec<_>>().into_iter().rev() {
        let Some(output) = broken.iter().find(|broken| broken.line == step.line).and_then(|one| one.output.clone())
        else {
            continue;
        };
        // The command may go on for some lines.
        let first = step.line + step.command.matches('\n').count();
        lines.splice(first..first + step.output.len(), output);
    }
    std::fs::write(&page.path, lines.join("\n") + "\n").expect("written");
}
