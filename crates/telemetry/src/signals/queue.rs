//! A queue of encoded items, bounded by bytes, between the threads that serve and one thread that ships.
//!
//! Items are appended to an open batch; a batch is closed once it is large enough. What has been taken counts
//! against the bound until it is given back, so that a slow consumer cannot hold more than the bound either.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

/// Items that travel together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The encoded items, one after another.
    pub(crate) bytes: Vec<u8>,
    /// How many items `bytes` holds.
    pub(crate) items: u64,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct ByteQueue {
    state: Mutex<State>,
    changed: Condvar,
    limit: usize,
    batch_bytes: usize,
}

#[derive(Debug, Default)]
struct State {
    full: VecDeque<Batch>,
    open: Batch,
    used: usize,
    closed: bool,
    waiting: Waiting,
}

/// What the consumer sleeps for; producers wake it for nothing else, because waking costs a system call.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    #[default]
    Nothing,
    FirstItem,
    FullBatch,
}

impl ByteQueue {
    /// At most `limit` bytes (and one item) in all, in batches of about `batch_bytes`.
    pub(crate) fn new(limit: usize, batch_bytes: usize) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), limit, batch_bytes }
    }

    /// Lets `encode` append one item; false, without calling it, when the bound is reached.
    pub(crate) fn push(&self, encode: impl FnOnce(&mut Vec<u8>)) -> bool {
        let mut state = self.lock();
        if state.used >= self.limit || state.closed {
            return false;
        }
        let before = state.open.bytes.len();
        encode(&mut state.open.bytes);
        state.used += state.open.bytes.len() - before;
        state.open.items += 1;
        let full = state.open.bytes.len() >= self.batch_bytes;
        if full {
            let batch = std::mem::take(&mut state.open);
            state.full.push_back(batch);
        }
        let wake = match state.waiting {
            Waiting::Nothing => false,
            Waiting::FirstItem => true,
            Waiting::FullBatch => full,
        };
        if wake {
            state.waiting = Waiting::Nothing;
            drop(state);
            self.changed.notify_all();
        }
        true
    }

    /// Blocks until there is something, then up to `linger` longer for a full batch. `None` once the queue is
    /// closed and empty.
    pub(crate) fn take(&self, linger: Duration) -> Option<Batch> {
        let mut state = self.lock();
        while state.full.is_empty() && state.open.items == 0 {
            if state.closed {
                return None;
            }
            state.waiting = Waiting::FirstItem;
            self.changed.wait(&mut state);
        }
        let deadline = Instant::now() + linger;
        while state.full.is_empty() && !state.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state.waiting = Waiting::FullBatch;
            self.changed.wait_for(&mut state, left);
        }
        state.waiting = Waiting::Nothing;
        Some(state.full.pop_front().unwrap_or_else(|| std::mem::take(&mut state.open)))
    }

    /// Gives back the room of a batch that has left or was dropped.
    pub(crate) fn release(&self, bytes: usize) {
        self.lock().used -= bytes;
    }

    /// Nothing enters any more; the consumer gets what is left, then `None`.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Takes away everything that is queued and returns how many items that were.
    pub(crate) fn discard(&self) -> u64 {
        let mut state = self.lock();
        let mut batches = std::mem::take(&mut state.full);
        batches.push_back(std::mem::take(&mut state.open));
        let (bytes, items) = batches.iter().fold((0, 0), |(bytes, items), b| (bytes + b.bytes.len(), items + b.items));
        state.used -= bytes;
        items
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn push(queue: &ByteQueue, item: &[u8]) -> bool {
        queue.push(|bytes| bytes.extend_from_slice(item))
    }

    #[test]
    fn items_leave_in_order_and_in_batches() {
        let queue = ByteQueue::new(1_000, 4);
        for item in [b"aa", b"bb", b"cc"] {
            assert!(push(&queue, item));
        }
        let first = queue.take(Duration::ZERO).expect("a batch");
        assert_eq!((first.bytes.as_slice(), first.items), (&b"aabb"[..], 2));
        let second = queue.take(Duration::ZERO).expect("a batch");
        assert_eq!((second.bytes.as_slice(), second.items), (&b"cc"[..], 1));
    }

    #[test]
    fn the_bound_covers_what_the_consumer_holds() {
        let queue = ByteQueue::new(4, 100);
        assert!(push(&queue, b"abcd"));
        let batch = queue.take(Duration::ZERO).expect("a batch");
        assert!(!push(&queue, b"e"), "the batch has not left yet");
        queue.release(batch.bytes.len());
        assert!(push(&queue, b"e"));
    }

    #[test]
    fn a_closed_queue_hands_out_the_rest_and_ends() {
        let queue = ByteQueue::new(100, 100);
        push(&queue, b"a");
        queue.close();
        assert!(!push(&queue, b"b"));
        assert_eq!(queue.take(Duration::from_secs(60)).expect("the rest").bytes, b"a");
        assert!(queue.take(Duration::from_secs(60)).is_none());
    }

    #[test]
    fn what_is_discarded_is_counted_and_makes_room() {
        let queue = ByteQueue::new(3, 2);
        for item in [b"a", b"b", b"c"] {
            assert!(push(&queue, item));
        }
        assert!(!push(&queue, b"d"));
        assert_eq!(queue.discard(), 3);
        assert!(push(&queue, b"d"));
    }

    #[test]
    fn a_sleeping_consumer_is_woken() {
        let queue = Arc::new(ByteQueue::new(1_000, 4));
        let consumer = {
            let queue = queue.clone();
            std::thread::spawn(move || {
                let mut items = 0;
                while let Some(batch) = queue.take(Duration::from_secs(60)) {
                    queue.release(batch.bytes.len());
                    items += batch.items;
                }
                items
            })
        };
        for _ in 0..100 {
            while !push(&queue, b"abcd") {
                std::thread::yield_now();
            }
        }
        queue.close();
        assert_eq!(consumer.join().expect("ends"), 100);
    }
}
