//! A compiled regular expression, and the memory that all of them share.
//!
//! A pattern of a few characters can take megabytes when it is compiled, and queries, matchers, rules and templates may hold
//! many of them. So each takes its bytes from one bound for the process and gives them back when it is dropped.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use regex::{Regex, RegexBuilder};

use crate::matcher::expression::error::{DEEPEST, too_deep};
use crate::matcher::expression::groups::NumberedGroups;

/// The bytes for which an expression is compiled, one after the other until it fits; the last is the most that one may take.
const SIZES: [usize; 5] = [4 << 10, 32 << 10, 256 << 10, 1 << 20, 4 << 20];
/// What matching may keep of an expression: at least, and at most.
const KEPT: (usize, usize) = (256 << 10, 1 << 20);
/// What all expressions may take together where nobody says otherwise.
const DEFAULT_LIMIT: usize = 64 << 20;

static LIMIT: AtomicUsize = AtomicUsize::new(DEFAULT_LIMIT);
static USED: AtomicUsize = AtomicUsize::new(0);

/// Bounds the bytes that all compiled expressions of this process may take.
pub fn limit(bytes: usize) {
    LIMIT.store(bytes, Ordering::Relaxed);
}

/// A compiled regular expression. Clones share it.
#[derive(Clone)]
pub struct Expression(Arc<Compiled>);

struct Compiled {
    regex: Regex,
    groups: NumberedGroups,
    room: Room,
}

impl Expression {
    /// Compiles an expression of Rust's syntax; an error says in one line why that is not possible. At least `weight` bytes are
    /// taken for it, so that what is costly to compile is not compiled again and again, nor held in any number.
    pub(super) fn compile(pattern: &str, weight: usize, groups: NumberedGroups) -> Result<Self, String> {
        let mut problem = String::new();
        let last = SIZES[SIZES.len() - 1];
        for size in SIZES.into_iter().filter(|size| *size >= weight.min(last)) {
            let room = Room::take(size).ok_or_else(no_room)?;
            let kept = size.clamp(KEPT.0, KEPT.1);
            match RegexBuilder::new(pattern).size_limit(size).dfa_size_limit(kept).nest_limit(DEEPEST as u32).build() {
                Ok(regex) => return Ok(Self(Arc::new(Compiled { regex, groups, room }))),
                Err(regex::Error::CompiledTooBig(_)) => problem = too_large(size),
                Err(error) => return Err(in_plain_words(&error.to_string())),
            }
        }
        Err(problem)
    }

    /// The bytes of the bound that it takes.
    pub fn bytes(&self) -> usize {
        self.0.room.0
    }

    /// A replacement as the crate reads it, whose references to groups of this expression mean what they mean in Go.
    pub fn replacement<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.0.groups.replacement(text)
    }
}

impl From<Regex> for Expression {
    /// One that the program holds by itself, which is not counted.
    fn from(regex: Regex) -> Self {
        Self(Arc::new(Compiled { regex, groups: NumberedGroups::default(), room: Room(0) }))
    }
}

impl Deref for Expression {
    type Target = Regex;

    fn deref(&self) -> &Regex {
        &self.0.regex
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.regex.fmt(f)
    }
}

/// The last line of the crate's explanation, which says what is wrong. All that the reader leaves to it is how deep an
/// expression nests.
fn in_plain_words(explanation: &str) -> String {
    let reason = explanation.lines().last().unwrap_or_default().trim_start_matches("error: ");
    if reason.contains("nest") { too_deep() } else { reason.to_owned() }
}

fn too_large(size: usize) -> String {
    let size = crate::size::format(size as u64);
    format!("it needs more than {size} when it is compiled; make its repetitions shorter")
}

fn no_room() -> String {
    let limit = crate::size::format(LIMIT.load(Ordering::Relaxed) as u64);
    format!(
        "there is no room to compile it: all regular expressions in use may take {limit} together; use fewer or shorter ones, \
         or try again"
    )
}

/// Bytes of the bound, until this is dropped.
struct Room(usize);

impl Room {
    fn take(bytes: usize) -> Option<Self> {
        let limit = LIMIT.load(Ordering::Relaxed);
        let more = |used: usize| used.checked_add(bytes).filter(|used| *used <= limit);
        USED.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Self(bytes))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        USED.fetch_sub(self.0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_large_expressions_end_in_an_error_and_give_their_room_back() {
        let large =
            |at: usize| Expression::compile(&format!("(x{{1,150}}){{1,{}}}", 150 + at), 0, NumberedGroups::default());
        let (mut held, mut refused) = (Vec::new(), None);
        for at in 0..64 {
            match large(at) {
                Ok(one) => held.push(one),
                Err(error) => {
                    refused = Some(error);
                    break;
                }
            }
        }
        let refused = refused.expect("64 of them take more than 64 MiB");
        assert!(refused.contains("may take 64.0 MiB together"), "{refused}");
        assert!((8..=64).contains(&held.len()), "{}", held.len());
        assert!(held[0].is_match("xxx"));
        drop(held);
        assert!(large(0).is_ok());
    }
}
