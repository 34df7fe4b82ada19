//! The lifeline of a child: a socket whose one end is the child's stdin. It says two things. That it closes
//! tells the child that we are gone. A line on it is an order, which the child answers by a line:
//!
//! ```text
//! 7 pause 60000        order 7
//! 7 ok                 carried out; words may follow
//! 7 error no such …    refused, and why
//! ```
//!
//! A child that takes no orders never answers; who asks waits for as long as he said.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::lines::read_lines;

/// Orders that wait to be written, and those that wait for their answer; more are refused.
const MOST_WAITING: usize = 16;
/// Longest answer; the rest of it is skipped.
const LONGEST_ANSWER: usize = 4096;

/// Why an order was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderError {
    /// No process has this name.
    Unknown,
    /// It does not run at the moment, ended before it answered, or has too many orders waiting.
    NotListening,
    /// It did not answer in time; it may still carry the order out.
    NoAnswer,
    /// It refused, for this reason.
    Refused(String),
}

impl std::fmt::Display for OrderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown => f.write_str("there is no such process"),
            Self::NotListening => f.write_str("the process does not listen at the moment"),
            Self::NoAnswer => f.write_str("the process did not answer in time"),
            Self::Refused(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for OrderError {}

/// One line for a child, and where its answer goes.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) text: String,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// The words after `ok`, or why not.
pub(crate) type Answer = Result<String, OrderError>;

/// Our end of the lifeline; dropping it closes it.
#[derive(Debug)]
pub(crate) struct Lifeline {
    orders: mpsc::Sender<Order>,
    _task: JoinSet<()>,
}

impl Lifeline {
    /// A lifeline, and what the child gets as its stdin.
    pub(crate) fn new() -> io::Result<(Self, Stdio)> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let ours = UnixStream::from_std(ours)?;
        let (orders, waiting) = mpsc::channel(MOST_WAITING);
        let mut task = JoinSet::new();
        task.spawn(speak(ours, waiting));
        Ok((Self { orders, _task: task }, Stdio::from(OwnedFd::from(theirs))))
    }

    /// Passes an order on; the answer says if there is no room for it.
    pub(crate) fn pass_on(&self, order: Order) {
        if let Err(mpsc::error::TrySendError::Full(order) | mpsc::error::TrySendError::Closed(order)) =
            self.orders.try_send(order)
        {
            // Nobody may be waiting any more.
            let _ = order.answer.send(Err(OrderError::NotListening));
        }
    }
}

/// The orders without an answer, by number. Dropped answers tell those who wait that none will come.
type Pending = HashMap<u64, oneshot::Sender<Answer>>;

/// Writes orders and reads answers until the child closes its end.
async fn speak(stream: UnixStream, mut orders: mpsc::Receiver<Order>) {
    let (answers, mut stdin) = stream.into_split();
    let pending = Arc::new(Mutex::new(Pending::new()));
    let writing = async {
        let mut line = String::new();
        let mut number: u64 = 0;
        while let Some(Order { text, answer }) = orders.recv().await {
            number += 1;
            if !remember(&pending, number, answer) {
                continue;
            }
            line.clear();
            // Writing to a string cannot fail. An order is one line.
            let _ = writeln!(line, "{number} {}", text.replace('\n', " "));
            if stdin.write_all(line.as_bytes()).await.is_err() {
                lock(&pending).remove(&number);
            }
        }
    };
    let reading = read_lines(answers, LONGEST_ANSWER, |batch| {
        String::from_utf8_lossy(batch.lines).lines().for_each(|line| hand_over(&pending, line));
    });
    tokio::select! {
        () = writing => {}
        // Without a reader nothing is left to say; a broken line is as good as a closed one.
        _ = reading => {}
    }
}

/// Keeps the answer's address; false if too many wait already. Those whose asker has gone are let go first.
fn remember(pending: &Mutex<Pending>, number: u64, answer: oneshot::Sender<Answer>) -> bool {
    let mut pending = lock(pending);
    pending.retain(|_, waiting| !waiting.is_closed());
    if pending.len() >= MOST_WAITING {
        let _ = answer.send(Err(OrderError::NotListening));
        return false;
    }
    pending.insert(number, answer);
    true
}

/// Gives an answer to who waits for it; one that comes too late goes nowhere.
fn hand_over(pending: &Mutex<Pending>, line: &str) {
    let Some((number, answer)) = understand(line) else { return };
    if let Some(asker) = lock(pending).remove(&number) {
        let _ = asker.send(answer);
    }
}

fn understand(line: &str) -> Option<(u64, Answer)> {
    let (number, rest) = line.split_once(' ')?;
    let (verdict, words) = rest.split_once(' ').unwrap_or((rest, ""));
    let answer = match verdict {
        "ok" => Ok(words.to_owned()),
        "error" => Err(OrderError::Refused(words.to_owned())),
        _ => return None,
    };
    Some((number.parse().ok()?, answer))
}

fn lock(pending: &Mutex<Pending>) -> MutexGuard<'_, Pending> {
    pending.lock()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_understood_or_skipped() {
        assert_eq!(understand("7 ok"), Some((7, Ok(String::new()))));
        assert_eq!(understand("7 ok quiet now"), Some((7, Ok("quiet now".into()))));
        assert_eq!(understand("8 error no such thing"), Some((8, Err(OrderError::Refused("no such thing".into())))));
        for noise in ["", "7", "x ok", "7 perhaps", "{\"json\":1}"] {
            assert_eq!(understand(noise), None, "{noise:?}");
        }
    }
}
