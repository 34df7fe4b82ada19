//! The connections of one port: bounded, and known well enough to say which of them can be spared.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::accept::activity::Activity;

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
}

#[derive(Debug)]
struct Entry {
    activity: Arc<Activity>,
    sent_away: CancellationToken,
}

/// A connection's place in the list, which it leaves when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    registry: Registry,
    number: u64,
}

impl Registry {
    /// A list of at most `most` connections.
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Shared { most, state: Mutex::default(), left: Notify::new() }))
    }

    /// Adds a connection. If there is no room, the one that has waited longest for its client is sent away; if
    /// none waits for its client, this waits until one of them leaves. `sent_away` fires if the new one has to go.
    pub(super) async fn admit(&self, activity: &Arc<Activity>, sent_away: &CancellationToken) -> Place {
        loop {
            let left = self.0.left.notified();
            if let Some(place) = self.try_admit(activity, sent_away) {
                return place;
            }
            if !self.send_away_the_longest_waiting() {
                left.await;
            }
        }
    }

    fn try_admit(&self, activity: &Arc<Activity>, sent_away: &CancellationToken) -> Option<Place> {
        let mut state = self.0.state.lock();
        if state.open.len() >= self.0.most {
            return None;
        }
        let number = state.next;
        state.next += 1;
        state.open.insert(number, Entry { activity: activity.clone(), sent_away: sent_away.clone() });
        Some(Place { registry: self.clone(), number })
    }

    /// Closes the connection that has waited longest for its client; false if none waits for its client.
    pub(super) fn send_away_the_longest_waiting(&self) -> bool {
        let mut state = self.0.state.lock();
        let waiting = state.open.iter().filter_map(|(number, entry)| Some((entry.activity.waiting_since()?, *number)));
        let Some((_, longest)) = waiting.min() else { return false };
        // It gives up its place at once, so that nobody waits for its end.
        if let Some(entry) = state.open.remove(&longest) {
            entry.sent_away.cancel();
        }
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.registry.0.state.lock().open.remove(&self.number);
        self.registry.0.left.notify_one();
    }
}
