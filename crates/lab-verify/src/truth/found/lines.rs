//! The lines of each request, counted, and what is known of lines whose requests are not the ledger's.

use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;

use crate::stack::services::Service;
use crate::truth::found::contradictions::Contradictions;
use crate::truth::found::line::Line;

/// So many requests that are not the ledger's are told apart at most.
pub const MOST_STRANGERS: usize = 1_000_000;

/// The lines that the log store has of the time of a ledger.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lines {
    /// By the positions of the requests in the ledger.
    of_request: Vec<Tally>,
    /// The levels that lines of traces have.
    pub levels: BTreeSet<String>,
    /// Lines that say something else than the answers.
    pub contradictions: Contradictions,
    /// Traces that are not the ledger's.
    strangers: HashMap<u128, Stranger>,
}

/// The lines of one request.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Tally {
    of_service: [u32; Service::ALL.len()],
    /// Those that tell how a roll of a batch ended.
    of_rolls: u32,
}

/// A trace that is not the ledger's.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stranger {
    /// The first service on its way that wrote a line.
    begins_at: Service,
    /// Whether the frontend received its request while the ledger's were counted.
    was_counted: bool,
}

/// More requests that are not the ledger's than can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyStrangers;

impl Lines {
    /// No lines of so many requests.
    pub fn of(requests: usize) -> Self {
        Self { of_request: vec![Tally::default(); requests], ..Self::default() }
    }

    /// Counts a line of a request.
    pub fn take(&mut self, at: usize, line: &Line<'_>) {
        let Some(tally) = self.of_request.get_mut(at) else { return };
        tally.of_service[line.service.place()] += 1;
        tally.of_rolls += u32::from(line.is_of_roll());
        self.see_level(line);
    }

    /// Notes a line whose trace is not the ledger's; `counted` is the time in which others would have been counted
    /// along with the ledger's requests, in nanoseconds since the Unix epoch.
    pub fn take_stranger(
        &mut self,
        line: &Line<'_>,
        counted: Option<&RangeInclusive<i64>>,
    ) -> Result<(), TooManyStrangers> {
        if self.strangers.len() >= MOST_STRANGERS && !self.strangers.contains_key(&line.trace) {
            return Err(TooManyStrangers);
        }
        let new = Stranger { begins_at: line.service, was_counted: false };
        let stranger = self.strangers.entry(line.trace).or_insert(new);
        stranger.begins_at = stranger.begins_at.min(line.service);
        stranger.was_counted |= line.is_received() && counted.is_some_and(|time| time.contains(&line.time_ns));
        self.see_level(line);
        Ok(())
    }

    /// Forgets what was counted of a request, which is read again.
    pub fn forget(&mut self, at: usize) {
        self.of_request[at] = Tally::default();
        self.contradictions.forget(at);
    }

    /// How many lines of a request a service wrote.
    pub fn count(&self, at: usize, service: Service) -> u64 {
        self.of_request.get(at).map_or(0, |tally| tally.of_service[service.place()].into())
    }

    /// All lines of the ledger's requests.
    pub fn total(&self) -> u64 {
        self.of_request.iter().flat_map(|tally| tally.of_service).map(u64::from).sum()
    }

    /// The lines that tell how a roll of a batch ended.
    pub fn rolls(&self) -> u64 {
        self.of_request.iter().map(|tally| u64::from(tally.of_rolls)).sum()
    }

    /// Traces that are not the ledger's and begin at this service.
    pub fn strays(&self, service: Service) -> usize {
        self.strangers.values().filter(|stranger| stranger.begins_at == service).count()
    }

    /// Requests that are not the ledger's and were counted along with those that are.
    pub fn others_counted(&self) -> usize {
        self.strangers.values().filter(|stranger| stranger.was_counted).count()
    }

    fn see_level(&mut self, line: &Line<'_>) {
        if let Some(level) = line.level.as_deref()
            && !self.levels.contains(level)
        {
            self.levels.insert(level.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, single};

    #[test]
    fn requests_of_others_are_those_that_were_received_while_the_ledgers_were_counted() {
        let entry = single(200);
        let mut lines = Lines::of(1);
        for line in testing::lines(&entry) {
            assert_eq!(lines.take_stranger(&line, Some(&(0..=1))), Ok(()));
        }
        assert_eq!((lines.others_counted(), lines.strays(Service::Frontend)), (1, 1));
        let mut later = Lines::of(1);
        for line in testing::lines(&entry).iter().filter(|line| line.service != Service::Frontend) {
            assert_eq!(later.take_stranger(line, Some(&(1..=2))), Ok(()));
        }
        assert_eq!((later.others_counted(), later.strays(Service::DiceRoller)), (0, 1));
        assert!(later.levels.contains("INFO"));
    }
}
