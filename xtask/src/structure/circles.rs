//! Circles: files from each of which a chain of imports leads to every other.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::modules::Crate;
use crate::source::resolve::Edge;

/// Which files a file imports from, and for each the first path that does.
type Graph<'a> = BTreeMap<usize, BTreeMap<usize, &'a Edge>>;

/// One finding for each circle: its files, and under them every import within it.
pub(crate) fn find(parsed: &Crate, edges: &[Edge]) -> Vec<String> {
    let mut graph = Graph::new();
    for edge in edges {
        graph.entry(edge.from).or_default().entry(edge.to).or_insert(edge);
    }
    let reached: Vec<BTreeSet<usize>> = (0..parsed.files.len()).map(|file| reachable(&graph, file)).collect();
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for file in 0..parsed.files.len() {
        if !reached[file].contains(&file) || seen.contains(&file) {
            continue;
        }
        let circle: BTreeSet<usize> = reached[file].iter().copied().filter(|to| reached[*to].contains(&file)).collect();
        findings.push(describe(parsed, &graph, &circle));
        seen.extend(circle);
    }
    findings
}

/// The files that a chain of at least one import leads to.
fn reachable(graph: &Graph<'_>, from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(file) = waiting.pop() {
        let next = graph.get(&file).into_iter().flat_map(BTreeMap::keys);
        waiting.extend(next.copied().filter(|to| reached.insert(*to)));
    }
    reached
}

fn describe(parsed: &Crate, graph: &Graph<'_>, circle: &BTreeSet<usize>) -> String {
    let mut text = format!("{} files import from each other:", circle.len());
    for from in circle {
        for (to, edge) in graph.get(from).into_iter().flatten().filter(|(to, _)| circle.contains(to)) {
            let (from, to) = (&parsed.files[*from], &parsed.files[*to]);
            text.push_str(&format!("\n    {from}:{}: `{}` leads to {to}", edge.at.line, edge.at.path));
        }
    }
    text
}
