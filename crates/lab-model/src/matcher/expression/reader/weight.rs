//! What a pattern costs before the size of what is made of it is known, so that a short one cannot keep a processor busy.
//!
//! Reading is linear in the length. But a property stands for hundreds of ranges, and where case does not matter, every
//! character of every range is looked up: `(?i)[b-힣]`, a few thousand times over, takes minutes.

use std::ops::AddAssign;

use crate::matcher::expression::error::ExpressionError;

/// The longest pattern in bytes, as long as the longest query of LogQL.
pub(super) const LONGEST: usize = 128 << 10;
/// The most that one pattern may weigh: as many as the bytes that it may take when it is compiled.
const MOST: usize = 4 << 20;
/// What a property weighs.
const PROPERTY: usize = 4 << 10;
/// What one weighs where case does not matter.
const FOLDED_PROPERTY: usize = 16 << 10;
/// As many characters of a range, where case does not matter, weigh as much as one byte.
const FOLDED: u32 = 4;

/// Comparable with the bytes of a compiled expression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weight(usize);

impl Weight {
    pub(super) fn of_property(is_folded: bool) -> Self {
        Self(if is_folded { FOLDED_PROPERTY } else { PROPERTY })
    }

    /// Of a class that names `width` characters in ranges.
    pub(super) fn of_ranges(width: u32, is_folded: bool) -> Self {
        Self(if is_folded { (width / FOLDED) as usize } else { 0 })
    }

    pub(super) fn bytes(self) -> usize {
        self.0
    }

    /// An error if `pattern` weighs too much.
    pub(super) fn check(self, pattern: &str) -> Result<(), ExpressionError> {
        if self.0 <= MOST {
            return Ok(());
        }
        let reason =
            "it takes too long to compile; write fewer classes such as \\pL, and fewer wide ranges where (?i) is set";
        Err(ExpressionError::new(reason, pattern))
    }
}

impl AddAssign for Weight {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }
}

/// An error if the pattern is too long to be read.
pub(super) fn check_length(pattern: &str) -> Result<(), ExpressionError> {
    if pattern.len() <= LONGEST {
        return Ok(());
    }
    let (length, longest) = (crate::size::format(pattern.len() as u64), crate::size::format(LONGEST as u64));
    let begin: String = pattern.chars().take(60).collect();
    Err(ExpressionError::new(format!("it is {length} long, and {longest} are allowed; split it"), &format!("{begin}…")))
}
