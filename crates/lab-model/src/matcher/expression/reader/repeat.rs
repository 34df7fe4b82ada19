//! How often something is repeated.

use std::fmt;

/// How often one item may repeat another, over all groups that lie in each other.
pub(super) const MOST: u32 = 1000;
/// Where a number ends that is too large to be read.
const TOO_LARGE: u32 = 100_000_000;

/// The count of a repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// `*`, `+` or `?`.
    Sign(char),
    /// `{least,most}`; without `most` there is no bound.
    Range(u32, Option<u32>),
}

impl Count {
    pub(super) fn of_sign(sign: char) -> Self {
        Self::Sign(sign)
    }

    /// The numbers are in order and not too large.
    pub(super) fn is_valid(self) -> bool {
        match self {
            Self::Sign(_) => true,
            Self::Range(least, most) => least <= MOST && most.is_none_or(|most| (least..=MOST).contains(&most)),
        }
    }

    /// It is one for which the repetitions within are looked at.
    pub(super) fn is_checked(self) -> bool {
        matches!(self, Self::Range(least, most) if least >= 2 || most.is_some_and(|most| most >= 2))
    }

    /// The repetitions of an item that has `inner`, repeated once more.
    pub(super) fn times(self, inner: u32) -> u32 {
        match self {
            Self::Sign(_) | Self::Range(0, None) => inner,
            // As Go counts: what is never there counts for nothing.
            Self::Range(_, Some(0)) => 1,
            Self::Range(least, most) => most.unwrap_or(least).saturating_mul(inner),
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sign(sign) => write!(f, "{sign}"),
            Self::Range(least, Some(most)) => write!(f, "{{{least},{most}}}"),
            Self::Range(least, None) => write!(f, "{{{least},}}"),
        }
    }
}

/// A count in braces and what follows it; a `{` that begins none is a brace.
pub(super) fn count(text: &str) -> Option<(Count, &str)> {
    let (least, rest) = number(text.strip_prefix('{')?)?;
    let (most, rest) = match rest.strip_prefix(',') {
        None => (Some(least), rest),
        Some(rest) if rest.starts_with('}') => (None, rest),
        Some(rest) => number(rest).map(|(most, rest)| (Some(most), rest))?,
    };
    Some((Count::Range(least, most), rest.strip_prefix('}')?))
}

/// A whole number without zeros before it.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let is_number = !digits.is_empty() && (digits.len() == 1 || !digits.starts_with('0'));
    is_number.then(|| (digits.parse().unwrap_or(TOO_LARGE), rest))
}
