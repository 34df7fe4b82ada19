//! How long a program waited for a processor: durations of a program that had to wait tell about the machine.
//!
//! Linux counts for each thread how long it was ready to run and did not. That of everything below us is added up while the
//! program runs. A thread that lives shorter than the time between two looks is not seen; so what was seen is scaled by
//! the time on a processor of all that has ended. What the whole machine waited is more than that, or is all that is known.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fs::read_to_string;
use std::time::{Duration, Instant};

use crate::parts::program::descendants;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);
/// In one second, Linux counts so many parts of the time that ended children spent on a processor.
const TICKS: f64 = 100.0;

/// What the threads of a program have spent.
pub struct Waiting {
    began: Instant,
    machine: Option<Duration>,
    /// Seconds of all children that had ended before.
    ended: f64,
    threads: HashMap<(i32, String), Spent>,
    /// Whether all of the program is below us.
    is_here: bool,
}

/// Seconds on a processor, and seconds ready for one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Spent {
    on: f64,
    waited: f64,
}

impl Waiting {
    /// Begins to count. A program that runs in containers is not below us.
    pub fn begin(is_here: bool) -> Self {
        let (machine, ended) = (of_machine(), of_ended().unwrap_or_default());
        Self { began: Instant::now(), machine, ended, threads: HashMap::new(), is_here }
    }

    /// Looks again and again; never ends.
    pub async fn watch(&mut self) -> Infallible {
        while self.is_here {
            self.look();
            tokio::time::sleep(PAUSE).await;
        }
        std::future::pending().await
    }

    fn look(&mut self) {
        for process in descendants::alive_and_dead() {
            let tasks = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
            for task in tasks {
                // A thread that ends meanwhile was seen before, or is too short to be seen.
                let Ok(text) = read_to_string(task.path().join("schedstat")) else { continue };
                let id = (process, task.file_name().to_string_lossy().into_owned());
                if let Some(spent) = Spent::read(&text) {
                    self.threads.insert(id, spent);
                }
            }
        }
    }

    /// The part of the time since the beginning in which something of the program waited, at most; of the machine, where that
    /// is not known or is less.
    pub fn part(&self) -> Option<f64> {
        let seconds = self.began.elapsed().as_secs_f64().max(1e-9);
        let machine = of_machine().zip(self.machine).map(|(now, before)| now.saturating_sub(before).as_secs_f64());
        let ended = of_ended().map(|now| now - self.ended);
        let own = if self.is_here { own(self.threads.values(), ended) } else { None };
        let waited = own.into_iter().chain(machine).reduce(f64::min)?;
        Some((waited / seconds).min(1.0))
    }
}

/// What all threads waited in all, if anything was seen of them: as much more than was seen as they spent more on a processor.
fn own<'a>(seen: impl Iterator<Item = &'a Spent>, ended: Option<f64>) -> Option<f64> {
    let seen = seen.fold(Spent::default(), |all, one| Spent { on: all.on + one.on, waited: all.waited + one.waited });
    let unseen = ended? / seen.on;
    (seen.on > 0.0).then(|| seen.waited * unseen.max(1.0))
}

impl Spent {
    /// A line of `schedstat`: nanoseconds on a processor, nanoseconds ready for one, how often it was one's turn.
    fn read(text: &str) -> Option<Self> {
        let mut fields = text.split_whitespace().map(|field| field.parse::<f64>().map(|ns| ns / 1e9));
        Some(Self { on: fields.next()?.ok()?, waited: fields.next()?.ok()? })
    }
}

/// How long some program of this machine waited (pressure stall information).
fn of_machine() -> Option<Duration> {
    total(&read_to_string("/proc/pressure/cpu").ok()?)
}

/// `some avg10=0.00 avg60=0.00 avg300=0.00 total=1234`, in microseconds.
fn total(text: &str) -> Option<Duration> {
    let some = text.lines().find(|line| line.starts_with("some "))?;
    let (_, total) = some.rsplit_once("total=")?;
    total.trim().parse().ok().map(Duration::from_micros)
}

/// Seconds on a processor of all children that have ended, with those of theirs.
fn of_ended() -> Option<f64> {
    ticks_of_children(&read_to_string("/proc/self/stat").ok()?).map(|ticks| ticks / TICKS)
}

/// `cutime` and `cstime` of a line of `/proc/PID/stat`.
fn ticks_of_children(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(13).map(str::parse::<f64>);
    Some(fields.next()?.ok()? + fields.next()?.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_read_from_what_linux_tells() {
        let text =
            "some avg10=1.00 avg60=2.00 avg300=3.00 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";
        assert_eq!(total(text), Some(Duration::from_millis(2500)));
        assert_eq!(total(""), None);
        assert_eq!(Spent::read("650000000 250000000 2\n"), Some(Spent { on: 0.65, waited: 0.25 }));
        assert_eq!(Spent::read(""), None);
        assert_eq!(ticks_of_children("7 (a) b) S 1 7 7 0 -1 4 1 2 3 4 11 12 130 20 20 0"), Some(150.0));
        assert!(Waiting::begin(true).part().is_none_or(|part| (0.0..=1.0).contains(&part)));
    }

    #[test]
    fn what_was_not_seen_is_taken_to_have_waited_as_much() {
        let seen = [Spent { on: 1.0, waited: 0.5 }, Spent { on: 1.0, waited: 0.0 }];
        assert_eq!(own(seen.iter(), Some(2.0)), Some(0.5));
        assert_eq!(own(seen.iter(), Some(8.0)), Some(2.0), "a quarter was seen");
        assert_eq!(own(seen.iter(), Some(0.0)), Some(0.5), "what still runs has not ended");
        assert_eq!(own([].iter(), Some(8.0)), None);
        assert_eq!(own(seen.iter(), None), None);
    }
}
