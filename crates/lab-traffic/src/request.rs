//! What a user can ask for: one roll, or a batch of rolls under a strategy.

use http::Uri;
use lab_model::strategy::Strategy;
use serde::{Deserialize, Serialize};
use telemetry::client::BaseUrl;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Endpoint {
    #[serde(rename = "/roll")]
    Roll,
    /// A batch of rolls.
    #[serde(rename = "/roll-async")]
    RollAsync,
}

impl Endpoint {
    pub fn path(self) -> &'static str {
        match self {
            Self::Roll => "/roll",
            Self::RollAsync => "/roll-async",
        }
    }
}

/// One request to the frontend, or to dice-roller, which understands the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollRequest {
    pub die: String,
    /// How often, and how.
    pub shape: Shape,
}

/// One roll or many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Single,
    Batch {
        /// Number of rolls, from 1.
        times: u32,
        /// What failing rolls do to the batch.
        strategy: Strategy,
    },
}

impl RollRequest {
    pub fn single(die: impl Into<String>) -> Self {
        Self { die: die.into(), shape: Shape::Single }
    }

    /// `times` rolls at once.
    pub fn batch(die: impl Into<String>, times: u32, strategy: Strategy) -> Self {
        Self { die: die.into(), shape: Shape::Batch { times, strategy } }
    }

    /// What it asks.
    pub fn endpoint(&self) -> Endpoint {
        match self.shape {
            Shape::Single => Endpoint::Roll,
            Shape::Batch { .. } => Endpoint::RollAsync,
        }
    }

    /// Number of dice in a batch.
    pub fn times(&self) -> Option<u32> {
        match self.shape {
            Shape::Single => None,
            Shape::Batch { times, .. } => Some(times),
        }
    }

    /// Strategy of a batch.
    pub fn strategy(&self) -> Option<Strategy> {
        match self.shape {
            Shape::Single => None,
            Shape::Batch { strategy, .. } => Some(strategy),
        }
    }

    /// Number of dice asked for.
    pub fn dice(&self) -> u32 {
        self.times().unwrap_or(1)
    }

    /// Where it goes.
    pub fn uri(&self, base: &BaseUrl) -> Uri {
        match self.shape {
            Shape::Single => base.with(self.endpoint().path(), &[("die", &self.die)]),
            Shape::Batch { times, strategy } => {
                let times = times.to_string();
                base.with(
                    self.endpoint().path(),
                    &[("die", &self.die), ("times", &times), ("strategy", strategy.name())],
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_become_uris() {
        let base: BaseUrl = "http://host:1/x/".parse().expect("valid");
        assert_eq!(RollRequest::single("fair").uri(&base), "http://host:1/x/roll?die=fair");
        assert_eq!(
            RollRequest::batch("a b&c/ü", 3, Strategy::BestEffort).uri(&base),
            "http://host:1/x/roll-async?die=a%20b%26c%2F%C3%BC&times=3&strategy=best-effort"
        );
    }

    #[test]
    fn names_are_the_serialised_forms() {
        for strategy in Strategy::ALL {
            assert_eq!(serde_json::to_value(strategy).expect("serialises"), strategy.name());
        }
    }
}
