//! The connections of one port: bounded, with a queue of those that wait for their clients, longest first.
//!
//! The queue is kept in order while connections begin and cease to wait, so that a port that is full finds the one
//! to send away without looking at the others.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The open connections of one port; a clone is the same list.
#[derive(Debug, Clone)]
pub(super) struct Registry(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: usize,
    state: Mutex<State>,
    left: Notify,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    open: HashMap<u64, Entry>,
    /// Since when which connection has waited for its client.
    waiting: BTreeSet<(Instant, u64)>,
}

#[derive(Debug)]
struct Entry {
    /// Since when it waits for its client; `None` while something is done for it.
    waiting_since: Option<Instant>,
    sent_away: CancellationToken,
}

/// A connection's place in the list, which it leaves when this is dropped.
#[derive(Debug)]
pub(super) struct Place(Turn);

/// Where a connection says whether it waits for its client; a clone is the same connection's.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    registry: Registry,
    number: u64,
}

impl Registry {
    /// A list of at most `most` connections.
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Shared { most, state: Mutex::default(), left: Notify::new() }))
    }

    /// Adds a connection, which has waited for its client since `now`. If there is no room, the one that has waited
    /// longest is sent away; if none waits for its client, this waits until one of them leaves. `sent_away` fires if
    /// the new one has to go.
    pub(super) async fn admit(&self, now: Instant, sent_away: &CancellationToken) -> Place {
        loop {
            let left = self.0.left.notified();
            if let Some(place) = self.try_admit(now, sent_away) {
                return place;
            }
            if !self.send_away_the_longest_waiting() {
                left.await;
            }
        }
    }

    fn try_admit(&self, now: Instant, sent_away: &CancellationToken) -> Option<Place> {
        let mut state = self.0.state.lock();
        if state.open.len() >= self.0.most {
            return None;
        }
        let number = state.next;
        state.next += 1;
        state.open.insert(number, Entry { waiting_since: Some(now), sent_away: sent_away.clone() });
        state.waiting.insert((now, number));
        Some(Place(Turn { registry: self.clone(), number }))
    }

    /// Closes the connection that has waited longest for its client; false if none waits for its client.
    pub(super) fn send_away_the_longest_waiting(&self) -> bool {
        let mut state = self.0.state.lock();
        let Some((_, longest)) = state.waiting.pop_first() else { return false };
        // It gives up its place at once, so that nobody waits for its end.
        if let Some(entry) = state.open.remove(&longest) {
            entry.sent_away.cancel();
        }
        true
    }
}

impl Place {
    /// Where the connection in this place says whether it waits.
    pub(super) fn turn(&self) -> Turn {
        self.0.clone()
    }
}

impl Turn {
    /// The connection has waited for its client since then, or no longer waits. One that was sent away has no say.
    pub(super) fn waits(&self, since: Option<Instant>) {
        let mut state = self.registry.0.state.lock();
        let State { open, waiting, .. } = &mut *state;
        let Some(entry) = open.get_mut(&self.number) else { return };
        if let Some(before) = std::mem::replace(&mut entry.waiting_since, since) {
            waiting.remove(&(before, self.number));
        }
        if let Some(since) = since {
            waiting.insert((since, self.number));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Turn { registry, number } = &self.0;
        let mut state = registry.0.state.lock();
        if let Some(since) = state.open.remove(number).and_then(|entry| entry.waiting_since) {
            state.waiting.remove(&(since, *number));
        }
        drop(state);
        registry.0.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Three connections that came one second after another, and what fires when they are sent away.
    async fn three() -> (Registry, Instant, Vec<(Place, CancellationToken)>) {
        let (registry, began, mut places) = (Registry::new(3), Instant::now(), Vec::new());
        for second in 0..3 {
            let sent_away = CancellationToken::new();
            let place = registry.admit(began + Duration::from_secs(second), &sent_away).await;
            places.push((place, sent_away));
        }
        (registry, began, places)
    }

    fn sent_away(places: &[(Place, CancellationToken)]) -> Vec<bool> {
        places.iter().map(|(_, sent_away)| sent_away.is_cancelled()).collect()
    }

    #[tokio::test]
    async fn the_longest_waiting_goes_first_and_the_busy_stay() {
        let (registry, began, places) = three().await;
        places[0].0.turn().waits(None);
        places[1].0.turn().waits(Some(began + Duration::from_secs(9)));
        assert!(registry.send_away_the_longest_waiting());
        assert_eq!(sent_away(&places), [false, false, true], "the first is busy, the second has waited less");
        assert!(registry.send_away_the_longest_waiting());
        assert_eq!(sent_away(&places), [false, true, true]);
        assert!(!registry.send_away_the_longest_waiting(), "whoever is served is never sent away");
        places[0].0.turn().waits(Some(began));
        assert!(registry.send_away_the_longest_waiting());
    }

    #[tokio::test]
    async fn closed_connections_are_forgotten() {
        let (registry, began, mut places) = three().await;
        assert!(registry.send_away_the_longest_waiting());
        places[0].0.turn().waits(Some(began));
        places.pop();
        let state = registry.0.state.lock();
        assert_eq!((state.open.len(), state.waiting.len()), (1, 1));
    }
}
