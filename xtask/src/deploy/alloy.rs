//! The configurations of Alloy, without Alloy: the file is parsed, every component, block and attribute is one that
//! its reference has, and every reference leads to a component of the file which exports that, of the kind that is
//! taken there. What is exported and never taken is a component that was forgotten.

mod known;
mod lexer;
mod parser;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::deploy::alloy::known::{Known, Shape};
use crate::deploy::alloy::parser::{Attribute, Block, Expression};
use crate::deploy::kubernetes;
use crate::tree;

pub(crate) const FILES: [&str; 2] = ["deploy/alloy/config.alloy", IN_CLUSTERS];
const IN_CLUSTERS: &str = "deploy/k8s/alloy/config.alloy";
/// The function that reads a variable.
const VARIABLE: &str = "sys.env";

pub(crate) fn check(root: &Path) -> Vec<String> {
    let mut findings = Vec::new();
    for file in FILES {
        let text = tree::read(&root.join(file));
        let found = judge(&text).unwrap_or_else(|error| vec![error]);
        findings.extend(found.into_iter().map(|finding| format!("{file}:{finding}")));
    }
    findings.extend(variables(root));
    findings
}

/// What is wrong with a configuration; each finding begins with its line.
fn judge(text: &str) -> Result<Vec<String>, String> {
    let blocks = parser::parse(text)?;
    let known = Known::read();
    let mut file = File { exports: BTreeMap::new(), taken: BTreeSet::new(), findings: Vec::new() };
    for block in &blocks {
        file.define(block, &known);
    }
    for block in &blocks {
        if let Some(shape) = known.component(&block.name) {
            file.judge(block, shape);
        }
    }
    for (name, exports) in &file.exports {
        if !exports.values.is_empty() && !file.taken.contains(name) {
            file.findings.push(format!("{}: nothing takes what {name} exports", exports.line));
        }
    }
    Ok(file.findings)
}

/// What is known of a file so far.
struct File {
    exports: BTreeMap<String, Exports>,
    taken: BTreeSet<String>,
    findings: Vec<String>,
}

/// What a component exports, by name, with its kind.
struct Exports {
    line: usize,
    values: BTreeMap<String, String>,
}

impl File {
    fn define(&mut self, block: &Block, known: &Known) {
        let Some(shape) = known.component(&block.name) else {
            return self.findings.push(format!("{}: unknown component {}", block.line, block.name));
        };
        let name = block.label.as_ref().map_or(block.name.clone(), |label| format!("{}.{label}", block.name));
        let exports = Exports { line: block.line, values: shape.exports.clone() };
        if self.exports.insert(name.clone(), exports).is_some() {
            self.findings.push(format!("{}: {name} is there twice", block.line));
        }
    }

    fn judge(&mut self, block: &Block, shape: &Shape) {
        for attribute in &block.attributes {
            match shape.attributes.get(&attribute.name) {
                None => self.findings.push(format!("{}: {} has no {}", attribute.line, block.name, attribute.name)),
                Some(expected) => self.references(attribute, expected.kind.as_deref()),
            }
        }
        let given = |name: &str| block.attributes.iter().any(|attribute| attribute.name == name);
        for (name, _) in shape.attributes.iter().filter(|(name, expected)| expected.required && !given(name)) {
            self.findings.push(format!("{}: {} needs {name}", block.line, block.name));
        }
        for inner in &block.blocks {
            match shape.blocks.get(&inner.name) {
                None => self.findings.push(format!("{}: {} has no block {}", inner.line, block.name, inner.name)),
                Some(shape) => self.judge(inner, shape),
            }
        }
    }

    /// Every reference in a value resolves; where exports of a kind are taken, they are of that kind.
    fn references(&mut self, attribute: &Attribute, kind: Option<&str>) {
        for path in attribute.value.references() {
            let Some((component, export)) = path.rsplit_once('.') else {
                self.findings.push(format!("{}: {path} is no reference", attribute.line));
                continue;
            };
            let Some(found) = self.exports.get(component).and_then(|exports| exports.values.get(export)) else {
                self.findings.push(format!("{}: nothing exports {path}", attribute.line));
                continue;
            };
            if kind.is_some_and(|kind| kind != found) {
                let (name, kind) = (&attribute.name, kind.unwrap_or_default());
                self.findings.push(format!("{}: {name} takes {kind}, and {path} is {found}", attribute.line));
            }
            self.taken.insert(component.to_owned());
        }
    }
}

/// The variables that the configuration in clusters reads are those that every overlay sets.
fn variables(root: &Path) -> Vec<String> {
    let Ok(blocks) = parser::parse(&tree::read(&root.join(IN_CLUSTERS))) else { return Vec::new() };
    let read: BTreeSet<String> = blocks.iter().flat_map(variables_of).collect();
    let mut findings = Vec::new();
    for (file, set) in kubernetes::telemetry(root) {
        let different = read.symmetric_difference(&set);
        findings.extend(different.map(|name| format!("{file}: {name} is only set, or only read by {IN_CLUSTERS}")));
    }
    findings
}

fn variables_of(block: &Block) -> Vec<String> {
    let values = block.attributes.iter().flat_map(|attribute| attribute.value.calls());
    let own = values.filter(|(function, _)| *function == VARIABLE);
    let own = own.filter_map(|(_, arguments)| match arguments.first() {
        Some(Expression::Text(name)) => Some(name.clone()),
        _ => None,
    });
    own.chain(block.blocks.iter().flat_map(variables_of)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        // Lines of one container.
        loki.source.docker "a" {
          host       = "unix:///var/run/docker.sock"
          targets    = [{__address__ = "x", "job" = "y"}]
          forward_to = [loki.write.b.receiver]
        }
        loki.write "b" {
          endpoint {
            url     = sys.env("URL") /* where */
            headers = {"X-Scope-OrgID" = sys.env("TENANT"),}
          }
        }
    "#;

    #[test]
    fn a_good_file_has_no_findings() {
        assert_eq!(judge(GOOD), Ok(Vec::new()));
        let blocks = parser::parse(GOOD).expect("parsed");
        assert_eq!(blocks.iter().flat_map(variables_of).collect::<Vec<_>>(), ["URL", "TENANT"]);
    }

    #[test]
    fn mistakes_are_found_with_their_line() {
        let cases = [
            ("loki.write.b.receiver", "loki.write.c.receiver", "6: nothing exports loki.write.c.receiver"),
            ("loki.write.b.receiver", "loki.write.b.output", "6: nothing exports loki.write.b.output"),
            ("[loki.write.b.receiver]", "[]", "8: nothing takes what loki.write.b exports"),
            ("targets    =", "target =", "5: loki.source.docker has no target"),
            ("targets    =", "target =", "3: loki.source.docker needs targets"),
            ("endpoint {", "endpoints {", "9: loki.write has no block endpoints"),
            ("loki.write \"b\"", "loki.wright \"b\"", "8: unknown component loki.wright"),
            ("loki.write \"b\"", "prometheus.remote_write \"b\"", "6: nothing exports loki.write.b.receiver"),
        ];
        for (from, to, expected) in cases {
            let findings = judge(&GOOD.replace(from, to)).expect("parsed");
            assert!(findings.iter().any(|finding| finding == expected), "{to}: {findings:?}");
        }
        let two_kinds = GOOD
            .replace("[loki.write.b.receiver]", "[loki.write.b.receiver, prometheus.remote_write.m.receiver]")
            + "prometheus.remote_write \"m\" { }";
        let expected = "6: forward_to takes logs, and prometheus.remote_write.m.receiver is metrics";
        assert_eq!(judge(&two_kinds), Ok(vec![expected.to_owned()]));
    }

    #[test]
    fn a_syntax_error_is_reported_with_its_place() {
        let cases = [
            ("a {", "1: the file ends within a block"),
            ("a {\n b = [1, }", "2: a value is expected here"),
            ("a {\n b = \"x", "2: a text without an end"),
            ("a \"x\" 3", "1: `{` is expected here"),
            ("a { b = c.d( }", "1: a value is expected here"),
            ("}", "1: a name is expected here"),
            ("a { /* ", "1: a comment without an end"),
            ("a { b = 3 % }", "1: `%` means nothing here"),
        ];
        for (text, expected) in cases {
            assert_eq!(parser::parse(text).map(|_| ()), Err(expected.to_owned()), "{text}");
        }
    }
}
