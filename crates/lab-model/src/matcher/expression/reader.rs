//! Reads a pattern from left to right by the rules of Go's package, and writes it in the syntax of the `regex` crate.

use std::collections::BTreeSet;

use self::class::{Around, class};
use self::escape::{escape, is_perl_class, literal, perl_class};
use self::flags::{Flags, Opening};
use self::repeat::{Count, MOST};
use self::unicode::unicode_class;
use self::weight::{Weight, check_length};
use crate::matcher::expression::error::{DEEPEST, ExpressionError, too_deep};
use crate::matcher::expression::groups::{NumberedGroups, is_unknown};

mod class;
mod escape;
mod flags;
mod repeat;
mod unicode;
mod weight;

/// A pattern in the other syntax.
pub(super) struct Translated {
    pub(super) text: String,
    /// How many bytes to reckon with for it at least when it is compiled.
    pub(super) weight: usize,
    /// The groups whose names cannot be written in it.
    pub(super) groups: NumberedGroups,
}

/// The pattern in the other syntax; an error says what Go says. In one that is `anchored` the flag `s` is set from the start.
pub(super) fn translated(pattern: &str, anchored: bool) -> Result<Translated, ExpressionError> {
    check_length(pattern)?;
    let mut reader = Reader {
        whole: pattern,
        rest: pattern,
        last_name: pattern.rfind(":]").map(|at| pattern.len() - at),
        out: String::with_capacity(pattern.len()),
        flags: Flags::at_start(anchored),
        ..Reader::default()
    };
    let mut repeated = None;
    while let Some(c) = reader.rest.chars().next() {
        repeated = reader.next(c, repeated)?;
        reader.weight.check(pattern)?;
    }
    if !reader.open.is_empty() {
        return Err(ExpressionError::new("missing closing )", pattern));
    }
    Ok(Translated { text: reader.out, weight: pattern.len() + reader.weight.bytes(), groups: reader.groups })
}

#[derive(Default)]
struct Reader<'a> {
    whole: &'a str,
    rest: &'a str,
    /// The length of the pattern from its last `:]` on.
    last_name: Option<usize>,
    out: String,
    weight: Weight,
    flags: Flags,
    /// How many groups that capture begin before it, their names, and those of the names that cannot be written.
    captures: usize,
    names: BTreeSet<&'a str>,
    groups: NumberedGroups,
    /// The groups that are open here.
    open: Vec<Group>,
    /// What a repetition that stands here would repeat.
    last: Option<Item>,
    /// How often the items before it may repeat something, at most.
    repeats: u32,
    /// How many groups and repetitions lie within each other in the items before it, at most.
    height: usize,
}

/// A piece of the pattern that can be repeated.
struct Item {
    /// Where it stands in what is written.
    start: usize,
    end: usize,
    /// How often it may repeat something, counting groups within groups.
    repeats: u32,
    /// How many groups and repetitions lie within each other in it.
    height: usize,
    is_repeated: bool,
}

/// What comes back when a group is closed.
struct Group {
    start: usize,
    flags: Flags,
    repeats: u32,
    height: usize,
}

impl<'a> Reader<'a> {
    /// Reads what begins with `c`. `repeated` begins with the repetition before it, which is returned if this is one.
    fn next(&mut self, c: char, repeated: Option<&'a str>) -> Result<Option<&'a str>, ExpressionError> {
        match c {
            '(' => self.open_group()?,
            ')' => self.close_group()?,
            '|' => {
                self.settle();
                self.copy(c);
            }
            '[' => {
                let class = class(self.rest, Around { is_folded: self.flags.is_folded(), last_name: self.last_name })?;
                self.weight += class.weight;
                self.item(&class.text, class.rest);
            }
            '^' | '$' | '.' => self.item(c.encode_utf8(&mut [0; 4]), &self.rest[1..]),
            '*' | '+' | '?' => return self.repeat(Count::of_sign(c), &self.rest[1..], repeated).map(Some),
            '{' => match repeat::count(self.rest) {
                Some((count, rest)) => return self.repeat(count, rest, repeated).map(Some),
                None => self.item(r"\{", &self.rest[1..]),
            },
            '\\' => self.escaped()?,
            _ => self.item(&literal(u32::from(c)), &self.rest[c.len_utf8()..]),
        }
        Ok(None)
    }

    /// Writes a piece that can be repeated.
    fn item(&mut self, text: &str, rest: &'a str) {
        self.settle();
        let start = self.out.len();
        self.out.push_str(text);
        self.last = Some(Item { start, end: self.out.len(), repeats: 1, height: 0, is_repeated: false });
        self.rest = rest;
    }

    fn copy(&mut self, c: char) {
        self.out.push(c);
        self.rest = &self.rest[c.len_utf8()..];
    }

    /// What stands here cannot be repeated any more.
    fn settle(&mut self) {
        let (repeats, height) = self.last.take().map_or((1, 0), |item| (item.repeats, item.height));
        (self.repeats, self.height) = (self.repeats.max(repeats), self.height.max(height));
    }

    fn open_group(&mut self) -> Result<(), ExpressionError> {
        let (opening, rest) = flags::opening(self.rest, self.flags)?;
        self.rest = rest;
        let (text, inner) = match opening {
            Opening::Flags(flags) => {
                self.out.push_str(&self.flags.change_to(flags, ')'));
                self.flags = flags;
                return Ok(());
            }
            Opening::Group(text, flags) => (text, flags),
            Opening::Capture(name) => (self.capture(name)?, self.flags),
        };
        self.settle();
        let (repeats, height) = (self.repeats, self.height);
        self.open.push(Group { start: self.out.len(), flags: self.flags, repeats, height });
        self.out.push_str(&text);
        (self.flags, self.repeats, self.height) = (inner, 1, 0);
        Ok(())
    }

    /// What opens a group that captures.
    fn capture(&mut self, name: Option<&'a str>) -> Result<String, ExpressionError> {
        self.captures += 1;
        let Some(name) = name else { return Ok("(".to_owned()) };
        if !self.names.insert(name) {
            let reason = "two groups have the same name, which Go allows and the lab does not; give each its own";
            return Err(ExpressionError::new(reason, name));
        }
        self.groups.add(name, self.captures);
        Ok(if is_unknown(name) { "(".to_owned() } else { format!("(?P<{name}>") })
    }

    fn close_group(&mut self) -> Result<(), ExpressionError> {
        let group = self.open.pop().ok_or_else(|| ExpressionError::new("unexpected )", self.whole))?;
        self.settle();
        self.copy(')');
        let (repeats, height) = (self.repeats, self.height + 1);
        self.last = Some(Item { start: group.start, end: self.out.len(), repeats, height, is_repeated: false });
        (self.flags, self.repeats, self.height) = (group.flags, group.repeats, group.height);
        Ok(())
    }

    /// A repetition, behind which stands `rest`; gives back where it begins.
    fn repeat(&mut self, count: Count, rest: &'a str, repeated: Option<&'a str>) -> Result<&'a str, ExpressionError> {
        let before = self.rest;
        let lazy = rest.strip_prefix('?');
        let after = lazy.unwrap_or(rest);
        let part = |from: &'a str| &from[..from.len() - after.len()];
        if !count.is_valid() {
            return Err(ExpressionError::new("invalid repeat count", &before[..before.len() - rest.len()]));
        }
        if let Some(first) = repeated {
            return Err(ExpressionError::new("invalid nested repetition operator", part(first)));
        }
        let Some(item) = &mut self.last else {
            return Err(ExpressionError::new("missing argument to repetition operator", part(before)));
        };
        item.repeats = count.times(item.repeats);
        if count.is_checked() && item.repeats > MOST {
            return Err(ExpressionError::new("invalid repeat count", part(before)));
        }
        // Before the item is written anew, which takes as long as it is.
        item.height += 1;
        if item.height > DEEPEST {
            return Err(ExpressionError::new(too_deep(), self.whole));
        }
        if item.is_repeated {
            self.out.insert(item.end, ')');
            self.out.insert_str(item.start, "(?:");
            item.end += "(?:)".len();
        }
        let sign = format!("{count}{}", if lazy.is_some() { "?" } else { "" });
        // Flags may stand between the item and this.
        self.out.insert_str(item.end, &sign);
        item.end += sign.len();
        item.is_repeated = true;
        self.rest = after;
        Ok(before)
    }

    /// What begins with a backslash.
    fn escaped(&mut self) -> Result<(), ExpressionError> {
        let behind = self.rest.get(2..).unwrap_or_default();
        match self.rest[1..].chars().next() {
            Some('A') => self.item(r"\A", behind),
            Some('b') => self.item(r"(?-u:\b)", behind),
            Some('B') => self.item(r"(?-u:\B)", behind),
            Some('z') => self.item(r"\z", behind),
            Some('Q') => {
                let (text, rest) = behind.split_once(r"\E").unwrap_or((behind, ""));
                text.chars().for_each(|c| self.item(&literal(u32::from(c)), rest));
                self.rest = rest;
            }
            Some('p' | 'P') => {
                let (class, rest) = unicode_class(self.rest)?;
                self.weight += Weight::of_property(self.flags.is_folded());
                self.item(&class, rest);
            }
            Some(c) if is_perl_class(c) => self.item(perl_class(c), behind),
            _ => {
                let (code, rest) = escape(self.rest)?;
                self.item(&literal(code), rest);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
