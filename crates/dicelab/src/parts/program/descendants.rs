//! All that a program has started, also what left its process group: they stay below us, because an orphan below a
//! subreaper becomes the subreaper's child.
//!
//! Linux only: elsewhere there is no list, and a program is ended with its process group alone.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, waitpid};

/// Between two looks at what still runs.
const PAUSE: Duration = Duration::from_millis(10);
/// How long what was killed may take to vanish.
const KILLED_WITHIN: Duration = Duration::from_secs(2);

/// A process below us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    pub pid: i32,
    pub name: String,
    parent: i32,
    /// It has ended, and nobody has asked how.
    is_zombie: bool,
}

/// How processes ended that had to be told to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Those that SIGTERM ended, as `name (pid)`.
    pub told: Vec<String>,
    /// Those that needed SIGKILL.
    pub killed: Vec<String>,
}

/// From now on orphans below us become our children.
#[cfg(target_os = "linux")]
pub fn adopt_orphans() -> std::io::Result<()> {
    Ok(rustix::process::set_child_subreaper(Some(getpid()))?)
}

/// Orphans become children of the first process, so they are not found: there is no list either.
#[cfg(not(target_os = "linux"))]
pub fn adopt_orphans() -> std::io::Result<()> {
    Ok(())
}

/// Ends everything below us: SIGTERM, then after `grace` SIGKILL. `ours` are children that somebody else waits for.
pub async fn end(grace: Duration, ours: &[u32]) -> Ended {
    let (mut ended, mut told) = (Ended::default(), HashSet::new());
    let deadline = Instant::now() + grace;
    loop {
        let alive = alive(ours);
        if alive.is_empty() {
            return ended;
        }
        if Instant::now() >= deadline {
            break;
        }
        for process in alive.iter().filter(|process| told.insert(process.pid)) {
            send(process, Signal::TERM);
            // A process that is stopped reads no signal.
            send(process, Signal::CONT);
            ended.told.push(process.to_string());
        }
        tokio::time::sleep(PAUSE).await;
    }
    let deadline = Instant::now() + KILLED_WITHIN;
    let mut killed = HashSet::new();
    loop {
        let alive = alive(ours);
        if alive.is_empty() || Instant::now() >= deadline {
            ended.told.retain(|name| !ended.killed.contains(name));
            return ended;
        }
        for process in alive {
            send(&process, Signal::KILL);
            if killed.insert(process.pid) {
                ended.killed.push(process.to_string());
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What runs below us. Orphans that have ended are asked how, one by one: `ours` have somebody who waits for them.
pub fn alive(ours: &[u32]) -> Vec<Process> {
    let me = getpid().as_raw_nonzero().get();
    let all = below(me, table());
    for orphan in all.iter().filter(|process| process.is_zombie && process.parent == me) {
        if !ours.contains(&orphan.pid.unsigned_abs())
            && let Some(pid) = Pid::from_raw(orphan.pid)
        {
            // If it is gone already, there is nothing to ask.
            let _ = waitpid(Some(pid), WaitOptions::NOHANG);
        }
    }
    all.into_iter().filter(|process| !process.is_zombie).collect()
}

/// The ids of everything below us, also of what has ended and was not asked how.
pub fn alive_and_dead() -> impl Iterator<Item = i32> {
    below(getpid().as_raw_nonzero().get(), table()).into_iter().map(|process| process.pid)
}

/// The processes below one of them, from `table`.
fn below(root: i32, table: Vec<Process>) -> Vec<Process> {
    let mut children: HashMap<i32, Vec<Process>> = HashMap::new();
    for process in table {
        children.entry(process.parent).or_default().push(process);
    }
    let (mut found, mut pending) = (Vec::new(), vec![root]);
    while let Some(parent) = pending.pop() {
        let below = children.remove(&parent).unwrap_or_default();
        pending.extend(below.iter().map(|process| process.pid));
        found.extend(below);
    }
    found
}

/// Every process of the machine that we may see.
fn table() -> Vec<Process> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter(|entry| entry.file_name().as_encoded_bytes().first().is_some_and(u8::is_ascii_digit));
    // A process that ends meanwhile is no loss.
    pids.filter_map(|entry| read(&std::fs::read_to_string(entry.path().join("stat")).ok()?)).collect()
}

/// A line of `/proc/PID/stat`; the name stands in brackets and may hold any character.
fn read(stat: &str) -> Option<Process> {
    let (pid, rest) = stat.split_once(" (")?;
    let (name, rest) = rest.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let (state, parent) = (fields.next()?, fields.next()?);
    let is_zombie = matches!(state, "Z" | "X" | "x");
    Some(Process { pid: pid.parse().ok()?, name: name.to_owned(), parent: parent.parse().ok()?, is_zombie })
}

fn send(process: &Process, signal: Signal) {
    if let Some(pid) = Pid::from_raw(process.pid) {
        // Whoever has ended meanwhile needs no signal.
        let _ = kill_process(pid, signal);
    }
}

impl std::fmt::Display for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, self.pid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_proc_is_read_whatever_the_name_holds() {
        let process = read("42 (a) S (b)) S 7 42 42 0 -1").expect("read");
        assert_eq!((process.pid, &*process.name, process.parent, process.is_zombie), (42, "a) S (b)", 7, false));
        assert!(read("42 (x) Z 7 42").is_some_and(|process| process.is_zombie));
        assert_eq!(read("nonsense"), None);
    }

    #[test]
    fn grandchildren_are_found_and_strangers_are_not() {
        let process = |pid, parent| Process { pid, name: String::new(), parent, is_zombie: false };
        let table = vec![process(2, 1), process(3, 2), process(9, 8), process(8, 1), process(4, 3)];
        let mut pids: Vec<i32> = below(2, table).into_iter().map(|process| process.pid).collect();
        pids.sort_unstable();
        assert_eq!(pids, [3, 4]);
    }
}
