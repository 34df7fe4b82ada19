//! Many senders at once, each with new items in every body. A body that was refused for want of room is sent again as it
//! was; one without an answer is not, because it may have been kept.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::endure::feed::sender::{Sender, Sent};
use crate::endure::feed::signal::Signal;
use crate::endure::feed::traces::Made;
use crate::endure::feed::{logs, metrics, traces};

/// Items of one body.
const ITEMS: u32 = 2_000;
/// Samples of a body, each of a series of its own: the series of all senders are fewer than the least memory allows.
const SERIES: u32 = 500;
/// Spans of one trace.
const SPANS: u64 = 5;
/// Bytes of a log line.
const LINE: usize = 200;

/// What a sender does when there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manners {
    /// Waits as long as it is told.
    Wait,
    /// Sends again at once.
    Ignore,
}

/// What became of the items and bodies of some senders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// Items that were acknowledged.
    pub kept: u64,
    /// Items of bodies without an answer.
    pub unknown: u64,
    /// Bodies for which there was no room.
    pub busy: u64,
    /// Bodies that were refused for another reason, by answer.
    pub refused: BTreeMap<String, u64>,
}

impl Sums {
    /// What became of the items of two turns.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut sums = self.clone();
        sums.kept += other.kept;
        sums.unknown += other.unknown;
        sums.busy += other.busy;
        for (answer, bodies) in &other.refused {
            *sums.refused.entry(answer.clone()).or_default() += bodies;
        }
        sums
    }
}

/// Senders of some signals.
#[derive(Debug)]
pub struct Crowd {
    signals: Vec<Signal>,
    port_offset: u16,
    members: Vec<Member>,
}

impl Crowd {
    /// So many senders of each signal.
    pub fn new(signals: &[Signal], each: usize, port_offset: u16) -> Self {
        let mut crowd = Self { signals: signals.to_vec(), port_offset, members: Vec::new() };
        crowd.grow(each);
        crowd
    }

    /// Becomes so many senders of each signal.
    pub fn grow(&mut self, each: usize) {
        for signal in self.signals.clone() {
            let there = self.members.iter().filter(|member| member.signal == signal).count();
            let new = (there..each).map(|_| signal);
            for signal in new.collect::<Vec<_>>() {
                self.members.push(Member::new(signal, self.members.len() as u32, self.port_offset));
            }
        }
    }

    /// All send for this long; what became of it, by signal.
    pub async fn send(&mut self, time: Duration, manners: Manners) -> anyhow::Result<BTreeMap<Signal, Sums>> {
        let end = Instant::now() + time;
        let mut sending = JoinSet::new();
        for member in self.members.drain(..) {
            sending.spawn(member.send_until(end, manners));
        }
        let mut all: BTreeMap<Signal, Sums> = BTreeMap::new();
        while let Some(done) = sending.join_next().await {
            let (member, sums) = done??;
            let before = all.entry(member.signal).or_default();
            *before = before.and(&sums);
            self.members.push(member);
        }
        Ok(all)
    }
}

/// A sender with the items that it makes.
#[derive(Debug)]
struct Member {
    signal: Signal,
    number: u32,
    sender: Sender,
    texts: Vec<String>,
    /// The time of the last item that was made, in nanoseconds since the Unix epoch.
    last_ns: i64,
    /// How many bodies were made.
    bodies: u64,
}

impl Member {
    fn new(signal: Signal, number: u32, port_offset: u16) -> Self {
        let texts =
            if signal == Signal::Logs { logs::texts(u64::from(number) + 1, ITEMS as usize, LINE) } else { Vec::new() };
        Self { signal, number, sender: Sender::new(signal, port_offset), texts, last_ns: 0, bodies: 0 }
    }

    async fn send_until(mut self, end: Instant, manners: Manners) -> anyhow::Result<(Self, Sums)> {
        let mut sums = Sums::default();
        let mut body = self.body()?;
        while Instant::now() < end {
            match self.sender.send(body.clone()).await {
                Sent::Kept => sums.kept += u64::from(items(self.signal)),
                Sent::Unknown => sums.unknown += u64::from(items(self.signal)),
                Sent::Refused(status, text) => {
                    *sums.refused.entry(format!("{status} {text}")).or_default() += 1;
                }
                Sent::Busy(wait) => {
                    sums.busy += 1;
                    if manners == Manners::Wait {
                        tokio::time::sleep_until(end.min(Instant::now() + wait)).await;
                    }
                    continue;
                }
            }
            body = self.body()?;
        }
        Ok((self, sums))
    }

    /// New items, none of which was in any body before.
    fn body(&mut self) -> anyhow::Result<Bytes> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos();
        let first = i64::try_from(now)?.max(self.last_ns + 1);
        self.bodies += 1;
        let number = self.number.to_string();
        match self.signal {
            Signal::Metrics => {
                let time_ms = (first / 1_000_000).max(self.last_ns / 1_000_000 + 1);
                self.last_ns = time_ms * 1_000_000;
                metrics::write("endured", &[("sender", &number)], 0..SERIES, time_ms)
            }
            Signal::Logs => {
                self.last_ns = first + i64::from(ITEMS);
                let lines = (first..).zip(self.texts.iter().map(String::as_str));
                Ok(logs::push(&[("job", "endured"), ("sender", &number)], lines))
            }
            Signal::Traces => {
                self.last_ns = first + i64::from(ITEMS);
                let begin = self.bodies * u64::from(ITEMS);
                let spans = (begin..begin + u64::from(ITEMS)).map(|span| Made {
                    trace: (u128::from(self.number) + 1) << 64 | u128::from(span / SPANS),
                    span,
                    start_ns: first.unsigned_abs() + (span - begin),
                });
                Ok(traces::export(&format!("endured-{number}"), spans))
            }
        }
    }
}

/// How many items a body brings.
fn items(signal: Signal) -> u32 {
    if signal == Signal::Metrics { SERIES } else { ITEMS }
}
