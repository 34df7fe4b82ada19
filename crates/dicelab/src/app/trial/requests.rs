//! The requests of a trial, made one after the other.

use lab_run::requests::made::Made;
use lab_run::requests::sequence::{Sequence, named_in_queries};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::app::ephemeral::Ephemeral;
use crate::app::trial::outcome::{Outcome, TIMED_OUT, cancelled, name_of, until_cancelled};
use crate::app::trial::plan::{Plan, new_ids};
use crate::parts::program::forward::Forwarded;

impl Plan<'_> {
    /// Makes all requests of the file; what became of each stands in `made`, also of those before an interruption.
    pub async fn make_requests(&self, lab: &Ephemeral, made: &mut Vec<Made>) -> Result<(), String> {
        let stop = CancellationToken::new();
        let _stopped = stop.clone().drop_guard();
        let sequence = Sequence::new(&lab.stack, self.inherited, &new_ids);
        let mut sequence = sequence.map_err(|error| error.to_string())?;
        let named = named_in_queries(&self.file.requests, &self.file.expect);
        for request in &self.file.requests {
            made.push(sequence.make(request, &named, &stop).await);
        }
        Ok(())
    }

    /// Makes them while no command runs: there is none, or it has ended as `before` says.
    pub async fn only_requests(
        &self,
        lab: &Ephemeral,
        before: Outcome,
        made: &mut Vec<Made>,
        signals: &mut Forwarded,
    ) -> Outcome {
        let limit = self.options.timeout.unwrap_or(std::time::Duration::MAX);
        tokio::select! {
            done = timeout(limit, self.make_requests(lab, made)) => match done {
                Ok(Ok(())) => before,
                Ok(Err(words)) => Outcome { code: 125, words, cancelled: false },
                Err(_) => {
                    let words = format!("was ended, because the requests took longer than {limit:?}");
                    Outcome { code: TIMED_OUT, words, cancelled: false }
                }
            },
            signal = until_cancelled(signals) => {
                let words = format!("was ended, because {} came during the requests", name_of(signal));
                cancelled(signal, words)
            }
        }
    }
}
