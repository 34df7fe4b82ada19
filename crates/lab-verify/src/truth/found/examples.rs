//! The earliest few of many things, and how many there are.

use std::collections::BTreeSet;

/// How many are named; the rest is only counted.
const NAMED: usize = 3;

/// Things that have a time, of which the earliest few are kept to be named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examples {
    count: usize,
    /// Start and name of the earliest ones.
    earliest: BTreeSet<(i64, String)>,
}

impl Examples {
    /// Counts a thing, and keeps its name if it is among the earliest.
    pub fn add(&mut self, start_ns: i64, name: impl FnOnce() -> String) {
        self.count += 1;
        if self.earliest.len() == NAMED && self.earliest.last().is_some_and(|(latest, _)| *latest <= start_ns) {
            return;
        }
        self.earliest.insert((start_ns, name()));
        if self.earliest.len() > NAMED {
            self.earliest.pop_last();
        }
    }

    pub fn count(&self) -> usize {
        self.count
    }

    /// The names of the earliest ones, and a sign that there are more.
    pub fn named(&self) -> String {
        let mut names: Vec<&str> = self.earliest.iter().map(|(_, name)| name.as_str()).collect();
        if self.count > names.len() {
            names.push("…");
        }
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_are_named_in_whatever_order_they_come() {
        let mut examples = Examples::default();
        assert_eq!((examples.count(), examples.named().as_str()), (0, ""));
        for start in [5, 3, 4, 9, 1] {
            examples.add(start, || start.to_string());
        }
        assert_eq!((examples.count(), examples.named().as_str()), (5, "1, 3, 4, …"));
    }
}
