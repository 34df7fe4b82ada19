//! What the documents say of each other and of the code: links lead somewhere, ports and panels are the real ones.

mod markdown;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::Value;

use crate::harness::PORTS;
use markdown::{anchors, links, section};

/// Where no document of ours lies.
const FOREIGN: [&str; 3] = ["target", "node_modules", ".git"];
/// Ports in the guide that are no fixed port of the lab's: applications of the reader's own, the default of `--syslog`, the
/// control address of traffic that no lab starts, and the dice that the page about tests starts.
const OF_THE_READERS: [&str; 7] = ["9100", "5173", "5514", "8109", "18116", "18117", "18118"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every Markdown file below a folder.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<_> = entries
        .filter(|path| !FOREIGN.iter().any(|name| path.ends_with(name)))
        .flat_map(|path| if path.is_dir() { documents(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect();
    found.sort();
    found
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut broken = Vec::new();
    for document in documents(&root()) {
        for (line, link) in links(&text(&document)) {
            let (file, anchor) = link.split_once('#').map_or((link.as_str(), None), |(file, at)| (file, Some(at)));
            let target = if file.is_empty() { document.clone() } else { document.with_file_name(file) };
            let why = match anchor {
                _ if !target.exists() => "there is no such file",
                Some(anchor) if target.extension().is_some_and(|end| end == "md") => {
                    if anchors(&text(&target)).contains(anchor) {
                        continue;
                    }
                    "there is no such heading"
                }
                _ => continue,
            };
            broken.push(format!("{}:{line}: {link}: {why}", document.display()));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_page_of_the_guide_can_be_reached_from_its_index() {
    let index = root().join("docs/guide/README.md");
    let linked: BTreeSet<_> = links(&text(&index)).into_iter().map(|(_, link)| link).collect();
    for page in documents(&root().join("docs/guide")) {
        let name = page.file_name().unwrap_or_default().display().to_string();
        assert!(name == "README.md" || linked.contains(&name), "docs/guide/README.md does not link {name}");
    }
}

#[test]
fn the_ports_in_the_documents_are_the_lab_s() {
    let ports: BTreeSet<String> = PORTS.iter().map(|port| port.number().to_string()).collect();
    let mentioned = Regex::new(r"(?:localhost|127\.0\.0\.1):([0-9]+)").expect("a pattern");
    let guide = documents(&root().join("docs/guide"));
    for document in guide.iter().chain([&root().join("README.md")]) {
        let text = text(document);
        for found in mentioned.captures_iter(&text) {
            let known = ports.contains(&found[1]) || OF_THE_READERS.contains(&&found[1]);
            assert!(known, "{}: nothing of the lab's listens on {}", document.display(), &found[1]);
        }
    }
    // The tables of addresses are complete.
    for document in ["README.md", "docs/guide/getting-started.md"] {
        let text = text(&root().join(document));
        let found: BTreeSet<String> = mentioned.captures_iter(&text).map(|found| found[1].to_owned()).collect();
        let missing: Vec<_> = ports.difference(&found).collect();
        assert!(missing.is_empty(), "{document} says nothing of {missing:?}");
    }
}

#[test]
fn every_panel_of_the_dashboard_is_explained_with_its_queries() {
    let dashboard = text(&root().join("dashboards/stage4-dashboard.json"));
    let dashboard: Value = serde_json::from_str(&dashboard).expect("JSON");
    let page = text(&root().join("docs/guide/panels.md"));
    let mut explained = 0;
    for panel in panels(&dashboard) {
        let title = panel["title"].as_str().expect("a title");
        let section = section(&page, title).unwrap_or_else(|| panic!("panels.md explains no “{title}”"));
        if panel["type"] == "row" {
            continue;
        }
        for target in panel["targets"].as_array().into_iter().flatten() {
            let query = target["expr"].as_str().expect("a query");
            assert!(
                section.lines().any(|line| line == query),
                "“{title}” asks\n{query}\nand panels.md shows\n{section}"
            );
        }
        assert!(section.contains("**Look for:**"), "panels.md says not what to look for in “{title}”");
        explained += 1;
    }
    assert_eq!(explained, 25);
}

/// Rows and panels, also those inside of a collapsed row.
fn panels(parent: &Value) -> Vec<&Value> {
    let own = parent["panels"].as_array().into_iter().flatten();
    own.flat_map(|panel| std::iter::once(panel).chain(panels(panel))).collect()
}
