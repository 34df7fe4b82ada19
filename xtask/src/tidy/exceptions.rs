//! `exceptions.toml`: what departs from a rule and is excused, each with its reason. An exception that excuses nothing
//! any more is reported, so that the list only shrinks.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::tidy::rule::Finding;
use crate::tree;

const FILE: &str = "xtask/exceptions.toml";

/// The list, and which of its lines have excused something.
pub(crate) struct Exceptions {
    /// For each rule the places with their reasons. A place is a folder or a file.
    list: BTreeMap<String, BTreeMap<String, String>>,
    used: RefCell<BTreeSet<(String, String)>>,
}

impl Exceptions {
    pub(crate) fn load(root: &Path) -> Result<Self, String> {
        let list = toml::from_str(&tree::read(&root.join(FILE))).map_err(|error| format!("{FILE}: {error}"))?;
        Ok(Self { list, used: RefCell::default() })
    }

    pub(crate) fn len(&self) -> usize {
        self.list.values().map(BTreeMap::len).sum()
    }

    /// Whether an exception covers the finding.
    pub(crate) fn excuse(&self, rule: &str, finding: &Finding) -> bool {
        let covers = |place: &&String| {
            let rest = finding.place.strip_prefix(place.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
        };
        let Some(place) = self.list.get(rule).and_then(|places| places.keys().find(covers)) else { return false };
        self.used.borrow_mut().insert((rule.to_owned(), place.clone()));
        true
    }

    /// What the list says in vain: rules that do not exist, and places where there is nothing to excuse.
    pub(crate) fn unused(&self, rules: &[&str]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (rule, places) in &self.list {
            if !rules.contains(&rule.as_str()) {
                findings.push(Finding::new(FILE, format!("there is no rule called {rule}")));
                continue;
            }
            let used = self.used.borrow();
            let unused = places.keys().filter(|place| !used.contains(&(rule.clone(), (*place).clone())));
            findings.extend(unused.map(|place| {
                Finding::new(FILE, format!("the rule {rule} holds in {place} now; delete the exception"))
            }));
        }
        findings
    }
}
