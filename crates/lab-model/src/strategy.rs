//! What a failing roll means for the rest of its batch: the services do it, the traffic generator asks for it.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a failing roll means for its siblings and for the batch; `fail-fast` unless told otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// The first failure cancels the other rolls and ends the batch.
    #[default]
    FailFast,
    /// Every roll finishes; any failure fails the batch.
    All,
    /// Every roll finishes; failures leave gaps.
    BestEffort,
}

/// The text names no strategy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of fail-fast, all, best-effort")]
pub struct UnknownStrategy(String);

impl Strategy {
    /// All strategies, the default first.
    pub const ALL: [Self; 3] = [Self::FailFast, Self::All, Self::BestEffort];

    /// The name in queries, in labels and in ledgers.
    pub fn name(self) -> &'static str {
        match self {
            Self::FailFast => "fail-fast",
            Self::All => "all",
            Self::BestEffort => "best-effort",
        }
    }
}

impl FromStr for Strategy {
    type Err = UnknownStrategy;

    fn from_str(text: &str) -> Result<Self, UnknownStrategy> {
        let known = Self::ALL.into_iter().find(|strategy| strategy.name() == text);
        known.ok_or_else(|| UnknownStrategy(text.to_owned()))
    }
}

impl Display for Strategy {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strategy_is_read_by_the_name_that_it_is_written_with() {
        for strategy in Strategy::ALL {
            assert_eq!(strategy.name().parse(), Ok(strategy));
        }
        let refused = "Fail-Fast".parse::<Strategy>().expect_err("names are in lower case").to_string();
        assert_eq!(refused, "\"Fail-Fast\" is not one of fail-fast, all, best-effort");
        for strategy in Strategy::ALL {
            assert!(refused.contains(strategy.name()), "the refusal names {strategy}");
        }
    }
}
