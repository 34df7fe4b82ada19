//! A bounded queue: what does not fit pushes out the oldest and is counted.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

/// Items that wait to be sent; share it behind an `Arc`.
#[derive(Debug)]
pub struct Queue<T> {
    items: Mutex<VecDeque<T>>,
    limit: usize,
    dropped: AtomicU64,
    came: Notify,
}

impl<T> Queue<T> {
    /// An empty queue for at most `limit` items.
    pub fn new(limit: usize) -> Self {
        Self { items: Mutex::default(), limit: limit.max(1), dropped: AtomicU64::new(0), came: Notify::new() }
    }

    /// Adds items at the end; the oldest go if there are too many.
    pub fn push(&self, new: impl IntoIterator<Item = T>) {
        let mut items = self.items.lock();
        for item in new {
            if items.len() >= self.limit {
                items.pop_front();
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
            items.push_back(item);
        }
        drop(items);
        self.came.notify_one();
    }

    /// Takes up to `count` of the oldest.
    pub fn take(&self, count: usize) -> Vec<T> {
        let mut items = self.items.lock();
        let count = count.min(items.len());
        items.drain(..count).collect()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.items.lock().len()
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

    #[test]
    fn the_oldest_go_first_and_are_counted() {
        let queue = Queue::new(3);
        queue.push([1, 2]);
        queue.push([3, 4, 5]);
        assert_eq!((queue.len(), queue.dropped()), (3, 2));
        assert_eq!((queue.take(2), queue.take(9), queue.is_empty()), (vec![3, 4], vec![5], true));
    }
}
