//! How PromQL and LogQL read groupings and matchings.

use lab_syntax::{Cursor, Fault, Named};

use crate::aggregate::grouping::Grouping;
use crate::operators::matching::{Cardinality, Matching};

/// A walk over the tokens of a query that can read a list of labels.
pub trait Reader {
    /// Passes this keyword if it comes next.
    fn accept(&mut self, word: &str) -> bool;

    /// Passes `(a, b)`, perhaps empty, which must come next.
    fn labels(&mut self) -> Result<Vec<String>, Fault>;

    /// True if a list of labels comes next.
    fn is_at_labels(&self) -> bool;
}

impl<K: Named> Reader for Cursor<'_, K> {
    fn accept(&mut self, word: &str) -> bool {
        self.accept(word)
    }

    fn labels(&mut self) -> Result<Vec<String>, Fault> {
        self.expect("(")?;
        let mut names = Vec::new();
        if !self.is(")") && self.peek().name().is_none() {
            return Err(self.unexpected(&["IDENTIFIER", ")"]));
        }
        while names.is_empty() && !self.is(")") || self.accept(",") {
            names.push(self.expect_name()?);
        }
        if self.accept(")") { Ok(names) } else { Err(self.unexpected(&[",", ")"])) }
    }

    fn is_at_labels(&self) -> bool {
        self.is("(")
    }
}

/// `by (a)` or `without (a)`, if there is one.
pub fn grouping(reader: &mut impl Reader) -> Result<Option<Grouping>, Fault> {
    let by = reader.accept("by");
    if !by && !reader.accept("without") {
        return Ok(None);
    }
    Ok(Some(Grouping { without: !by, labels: reader.labels()? }))
}

/// `on (a)` or `ignoring (a)`, perhaps with `group_left (b)` or `group_right (b)`, if there is one.
pub fn matching(reader: &mut impl Reader) -> Result<Option<Matching>, Fault> {
    let on = reader.accept("on");
    if !on && !reader.accept("ignoring") {
        return Ok(None);
    }
    let labels = reader.labels()?;
    let cardinality = if reader.accept("group_left") {
        Cardinality::ManyToOne
    } else if reader.accept("group_right") {
        Cardinality::OneToMany
    } else {
        Cardinality::OneToOne
    };
    let includes = cardinality != Cardinality::OneToOne && reader.is_at_labels();
    let include = if includes { reader.labels()? } else { Vec::new() };
    Ok(Some(Matching { on, labels, cardinality, include, ..Matching::default() }))
}
