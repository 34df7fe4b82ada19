//! The strategies of a batch, as people choose them.

use std::str::FromStr;

/// What a failing roll means for the rest of its batch; dice-roller does it, the page explains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// The first failure ends the batch.
    #[default]
    FailFast,
    /// Every roll finishes; any failure fails the batch.
    All,
    /// Every roll finishes; failures leave gaps.
    BestEffort,
}

impl Strategy {
    /// All strategies, the default first.
    pub const ALL: [Self; 3] = [Self::FailFast, Self::All, Self::BestEffort];

    /// The name in queries.
    pub fn name(self) -> &'static str {
        match self {
            Self::FailFast => "fail-fast",
            Self::All => "all",
            Self::BestEffort => "best-effort",
        }
    }
}

impl FromStr for Strategy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|strategy| strategy.name() == text);
        known.ok_or_else(|| format!("{text:?} is not one of {}", Self::ALL.map(Self::name).join(", ")))
    }
}
