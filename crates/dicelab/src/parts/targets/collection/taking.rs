//! What a file has shown is taken into the store, a turn of it at a time.

use std::time::Duration;

use lab_logs::{Entry, LogStore, Policy};
use lab_model::Labels;

use crate::parts::clock::now_ns;
use crate::parts::targets::collection::follow::Followed;

/// Pieces of one file that are taken before the next file has its turn.
const TURN: usize = 4;

/// How a turn of reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Read {
    /// Everything was taken.
    All,
    /// There is more.
    More,
    /// The store has no room, so that the rest is read later.
    NoRoom,
}

/// Takes what is new in an open file, at most a turn of it.
pub fn take(store: &LogStore, file: &mut Followed, goes_on: impl Fn() -> bool) -> Read {
    for _ in 0..TURN {
        if !goes_on() {
            return Read::More;
        }
        if store.admit(Duration::ZERO).is_err() {
            return Read::NoRoom;
        }
        let mut lines = Vec::new();
        let more = match file.news(now_ns(), &mut lines) {
            Ok(more) => more,
            Err(error) => {
                file.failed(&error);
                return Read::All;
            }
        };
        if !keep(store, file, lines) {
            return Read::NoRoom;
        }
        if !more {
            return Read::All;
        }
    }
    Read::More
}

/// Takes what is still held back of a file that is left; whether there was room for it.
pub fn take_last(store: &LogStore, file: &mut Followed) -> bool {
    let mut lines = Vec::new();
    file.last(now_ns(), &mut lines);
    keep(store, file, lines)
}

/// Keeps what a file has shown, so that a kill does not lose it. Without room the file stays where it was.
fn keep(store: &LogStore, file: &mut Followed, lines: Vec<(Labels, Entry)>) -> bool {
    let count = lines.len();
    let is_kept = lines.is_empty() || store.append_or_wait(lines, &Policy::collected(), Duration::ZERO).is_ok();
    if is_kept {
        file.kept(count);
    } else {
        file.back();
    }
    is_kept
}
