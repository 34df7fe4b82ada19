//! What is asked of the frontend, by programs and by the form of the page alike.

use telemetry::problem::Problem;
use telemetry::query::{Params, whole_number};

use crate::metrics::families::Handler;
use telemetry::{Strategy, UnknownStrategy};

/// A valid request for a roll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollRequest {
    /// Name of the die; whether it exists is not known yet.
    pub die: String,
    pub batch: Option<BatchRequest>,
}

/// What a batch has beside its die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchRequest {
    /// Number of rolls, at least 1.
    pub times: usize,
    /// How failures are taken.
    pub strategy: Strategy,
}

impl RollRequest {
    pub fn single(mut params: Params) -> Result<Self, Problem> {
        let die = params.required("die", |die| Ok(die.to_owned()));
        let (die,) = params.finish((die,))?;
        Ok(Self { die, batch: None })
    }

    /// Reads `die`, `times` in 1..=`max_batch`, and `strategy`, which may be left out.
    pub fn batch(mut params: Params, max_batch: usize) -> Result<Self, Problem> {
        let read = (
            params.required("die", |die| Ok(die.to_owned())),
            params.required("times", |times| whole_number(times, 1..=max_batch)),
            params.optional("strategy", |text| text.parse().map_err(|unknown: UnknownStrategy| unknown.to_string())),
        );
        let (die, times, strategy) = params.finish(read)?;
        Ok(Self { die, batch: Some(BatchRequest { times, strategy: strategy.unwrap_or_default() }) })
    }

    /// The endpoint that answers it.
    pub fn handler(&self) -> Handler {
        if self.batch.is_some() { Handler::RollAsync } else { Handler::Roll }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_or_refused_with_every_reason() {
        let batch = |query| RollRequest::batch(Params::parse(query), 20);
        let expected = BatchRequest { times: 3, strategy: Strategy::BestEffort };
        assert_eq!(batch("die=fair&times=3&strategy=best-effort").map(|read| read.batch), Ok(Some(expected)));
        for (query, wrong) in [
            ("times=3", vec!["die"]),
            ("die=a&times=0", vec!["times"]),
            ("die=a&times=21", vec!["times"]),
            ("die=a&times=abc", vec!["times"]),
            ("die=a&times=1&strategy=some", vec!["strategy"]),
            ("strategy=some", vec!["die", "times", "strategy"]),
        ] {
            let problem = batch(query).expect_err(query);
            assert_eq!(problem.errors().iter().map(|error| &error.param).collect::<Vec<_>>(), wrong, "{query}");
        }
    }
}
