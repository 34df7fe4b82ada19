//! Entries of several lines, such as stack traces, by a rule that says how the first line of each looks.

use std::str::FromStr;

use lab_model::{Expression, expression};

use crate::parts::targets::collection::lines::line::{LONGEST, Line, PATIENCE};

/// How the first line of an entry looks, perhaps for one service only: `shop=^\d{4}-`.
#[derive(Clone, Debug)]
pub struct FirstLine {
    /// The service for whose files it holds; all, if none is named.
    pub service: Option<String>,
    looks: Expression,
}

impl FromStr for FirstLine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        let named = text.split_once('=').filter(|(name, _)| is_name(name));
        let (service, looks) = named.map_or((None, text), |(name, rest)| (Some(name.to_owned()), rest));
        if looks.is_empty() {
            return Err(r"it says nothing about the line; write a regular expression, such as ^\d{4}-".to_owned());
        }
        let looks = expression::anywhere(looks).map_err(|error| error.to_string())?;
        Ok(Self { service, looks })
    }
}

impl FirstLine {
    /// The rule for the files of a service: one that names it, or else one that names none.
    pub fn of<'r>(rules: &'r [Self], service: &str) -> Option<&'r Self> {
        let named = rules.iter().find(|rule| rule.service.as_deref() == Some(service));
        named.or_else(|| rules.iter().find(|rule| rule.service.is_none()))
    }
}

/// Joins lines to entries; holds those to which another line may still belong. Without a rule each line is an entry.
#[derive(Debug)]
pub struct Entries {
    rule: Option<FirstLine>,
    open: Vec<Open>,
}

/// An entry to which another line may still belong.
#[derive(Debug)]
struct Open {
    entry: Line,
    /// When its last line came.
    last: i64,
}

impl Entries {
    /// Entries by a rule, if there is one.
    pub fn new(rule: Option<FirstLine>) -> Self {
        Self { rule, open: Vec::new() }
    }

    /// Takes a line that came at this time (ns).
    pub fn take(&mut self, line: Line, now: i64, mut found: impl FnMut(Line)) {
        let Some(FirstLine { looks, .. }) = &self.rule else { return found(line) };
        let at = self.open.iter().position(|open| open.entry.output == line.output);
        if let Some(at) = at {
            let open = &mut self.open[at];
            if !looks.is_match(&line.text) && open.entry.text.len() + 1 + line.text.len() <= LONGEST {
                open.entry.text.push('\n');
                open.entry.text.push_str(&line.text);
                open.last = now;
                return;
            }
            found(self.open.swap_remove(at).entry);
        }
        self.open.push(Open { entry: line, last: now });
    }

    /// The entries to which no line was added for a while.
    pub fn waited(&mut self, now: i64, mut found: impl FnMut(Line)) {
        for open in self.open.extract_if(.., |open| now.saturating_sub(open.last) >= PATIENCE) {
            found(open.entry);
        }
    }

    /// All entries, because no more lines come.
    pub fn last(&mut self, mut found: impl FnMut(Line)) {
        for open in self.open.drain(..) {
            found(open.entry);
        }
    }

    /// Where in the file the first entry begins to which another line may still belong.
    pub fn begin(&self) -> Option<u64> {
        self.open.iter().map(|open| open.entry.begin).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::targets::collection::lines::line::Output;

    fn line(text: &str, begin: u64) -> Line {
        Line { text: text.to_owned(), begin, time: None, output: None }
    }

    fn entries(rule: &str) -> Entries {
        Entries::new(Some(rule.parse().expect("a rule")))
    }

    #[test]
    fn lines_that_do_not_begin_an_entry_belong_to_the_one_before() {
        let (mut entries, mut found) = (entries(r"^\d\d:"), Vec::new());
        for (at, text) in ["rest of one", "10: error", "  at a", "", "  at b", "11: next"].into_iter().enumerate() {
            entries.take(line(text, at as u64), 5, |entry| found.push((entry.text, entry.begin)));
        }
        assert_eq!(found, [("rest of one".to_owned(), 0), ("10: error\n  at a\n\n  at b".to_owned(), 1)]);
        assert_eq!(entries.begin(), Some(5));
        entries.waited(5 + PATIENCE - 1, |entry| panic!("{entry:?} has to wait"));
        found.clear();
        entries.waited(5 + PATIENCE, |entry| found.push((entry.text, entry.begin)));
        assert_eq!((found, entries.begin()), (vec![("11: next".to_owned(), 5)], None));
    }

    #[test]
    fn both_outputs_have_entries_of_their_own_and_a_long_entry_comes_in_pieces() {
        let (mut entries, mut found) = (entries("^x"), Vec::new());
        let of = |output, text: &str| Line { output: Some(output), ..line(text, 0) };
        let long = "l".repeat(LONGEST - 3);
        for line in
            [of(Output::Stdout, "x1"), of(Output::Stderr, "x2"), of(Output::Stdout, "a"), of(Output::Stderr, &long)]
        {
            entries.take(line, 0, |entry| found.push(entry.text));
        }
        assert!(found.is_empty());
        entries.take(of(Output::Stderr, "b"), 0, |entry| found.push(entry.text));
        assert_eq!(found, [format!("x2\n{long}")]);
        found.clear();
        entries.last(|entry| found.push(entry.text));
        found.sort();
        assert_eq!(found, ["b", "x1\na"]);
    }

    #[test]
    fn a_rule_may_hold_for_one_service() {
        let rules: Vec<FirstLine> = ["^all", "shop=^one"].map(|text| text.parse().expect("a rule")).to_vec();
        let of = |service| FirstLine::of(&rules, service).map(|rule| rule.looks.as_str().to_owned());
        assert_eq!((of("shop").as_deref(), of("other").as_deref()), (Some("^one"), Some("^all")));
        assert!(FirstLine::of(&rules[1..], "other").is_none());
        assert!("shop=".parse::<FirstLine>().is_err_and(|error| error.starts_with("it says nothing")));
        assert!("(".parse::<FirstLine>().is_err_and(|error| error.contains("missing")));
    }
}
