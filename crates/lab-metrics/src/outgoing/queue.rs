//! A queue that is bounded in items and in bytes: what does not fit pushes out the oldest and is counted.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

/// What can wait in a queue.
pub trait Weighed {
    /// The bytes that it keeps in use while it waits; what it shares with a store that keeps it in any case may be left out.
    fn bytes(&self) -> usize;
}

/// How much waits at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    pub items: usize,
    pub bytes: usize,
}

/// Items that wait to be sent; share it behind an `Arc`.
#[derive(Debug)]
pub struct Queue<T> {
    waiting: Mutex<Waiting<T>>,
    room: Room,
    dropped: AtomicU64,
    came: Notify,
}

#[derive(Debug)]
struct Waiting<T> {
    items: VecDeque<T>,
    bytes: usize,
}

impl<T: Weighed> Waiting<T> {
    fn pop(&mut self) -> Option<T> {
        let item = self.items.pop_front()?;
        self.bytes = self.bytes.saturating_sub(item.bytes());
        Some(item)
    }
}

impl<T: Weighed> Queue<T> {
    /// An empty queue with room for at least one item, whatever its size.
    pub fn new(room: Room) -> Self {
        let waiting = Mutex::new(Waiting { items: VecDeque::new(), bytes: 0 });
        Self { waiting, room, dropped: AtomicU64::new(0), came: Notify::new() }
    }

    /// Adds items at the end; the oldest go if there are too many.
    pub fn push(&self, new: impl IntoIterator<Item = T>) {
        let mut waiting = self.waiting.lock();
        for item in new {
            let bytes = item.bytes();
            let is_full = |waiting: &Waiting<T>| {
                waiting.items.len() >= self.room.items.max(1) || waiting.bytes.saturating_add(bytes) > self.room.bytes
            };
            while is_full(&waiting) && waiting.pop().is_some() {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
            waiting.bytes = waiting.bytes.saturating_add(bytes);
            waiting.items.push_back(item);
        }
        drop(waiting);
        self.came.notify_one();
    }

    /// Takes as many of the oldest as there are within these bounds; one of them in any case, if there is one.
    pub fn take(&self, most: Room) -> Vec<T> {
        let mut waiting = self.waiting.lock();
        let (mut taken, mut bytes) = (Vec::new(), 0_usize);
        while taken.len() < most.items {
            let next = waiting.items.front().map_or(0, Weighed::bytes);
            if !taken.is_empty() && bytes.saturating_add(next) > most.bytes {
                break;
            }
            let Some(item) = waiting.pop() else { break };
            bytes = bytes.saturating_add(next);
            taken.push(item);
        }
        taken
    }

    /// Gives up all that waits; how many items that are.
    pub fn clear(&self) -> usize {
        let mut waiting = self.waiting.lock();
        waiting.bytes = 0;
        std::mem::take(&mut waiting.items).len()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.lock().items.len()
    }

    /// True if nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many were pushed out since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits until something has been added since the last wait.
    pub async fn wait(&self) {
        self.came.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Weighed for u32 {
        fn bytes(&self) -> usize {
            *self as usize
        }
    }

    #[test]
    fn the_oldest_go_first_and_are_counted() {
        let queue = Queue::new(Room { items: 3, bytes: 1_000 });
        queue.push([1, 2]);
        queue.push([3, 4, 5]);
        assert_eq!((queue.len(), queue.dropped()), (3, 2));
        let all = Room { items: 9, bytes: 1_000 };
        assert_eq!(
            (queue.take(Room { items: 2, ..all }), queue.take(all), queue.is_empty()),
            (vec![3, 4], vec![5], true)
        );
    }

    #[test]
    fn what_is_large_takes_the_place_of_much_and_goes_alone() {
        let queue = Queue::new(Room { items: 100, bytes: 10 });
        queue.push([3, 3, 3]);
        queue.push([5]);
        assert_eq!((queue.len(), queue.dropped()), (2, 2));
        // One that is larger than all the room is sent all the same, alone.
        queue.push([40]);
        queue.push([1, 2, 3]);
        assert_eq!((queue.len(), queue.dropped()), (3, 5));
        let most = Room { items: 100, bytes: 3 };
        assert_eq!((queue.take(most), queue.take(most), queue.take(most)), (vec![1, 2], vec![3], vec![]));
        queue.push([40]);
        assert_eq!((queue.take(most), queue.clear()), (vec![40], 0));
    }
}
