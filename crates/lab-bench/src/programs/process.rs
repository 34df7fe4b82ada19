//! A process and its children, as `/proc` shows them.

use std::fs;

/// Resident memory of a process and all below it.
pub fn resident_bytes_of_tree(root: u32) -> anyhow::Result<u64> {
    Ok(tree(root)?.into_iter().filter_map(resident_bytes).sum())
}

/// A process and all below it.
pub fn tree(root: u32) -> anyhow::Result<Vec<u32>> {
    let parents = parents()?;
    let mut tree = vec![root];
    let mut at = 0;
    while let Some(&pid) = tree.get(at) {
        tree.extend(parents.iter().filter(|(_, parent)| *parent == pid).map(|(child, _)| *child));
        at += 1;
    }
    Ok(tree)
}

/// Whether a process runs.
pub fn is_there(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| after_name(&stat).next() != Some("Z"))
}

/// Resident memory of a process; nothing if it is gone.
pub fn resident_bytes(pid: u32) -> Option<u64> {
    Resident::of(pid).map(|resident| resident.all)
}

/// Resident memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resident {
    /// All of it, which the kernel calls `VmRSS`.
    pub all: u64,
    /// `RssFile`: what is resident because it is in files, the code of the program above all.
    pub of_files: u64,
}

impl Resident {
    /// That of a process; nothing if it is gone.
    pub fn of(pid: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
            Some(kibibytes * 1024)
        };
        Some(Self { all: bytes("VmRSS:")?, of_files: bytes("RssFile:")? })
    }
}

/// Seconds that a process has spent on any core so far, in the kernel too.
pub fn cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let ticks: u64 = after_name(&stat).skip(11).take(2).filter_map(|text| text.parse::<u64>().ok()).sum();
    Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// Every process with its parent.
fn parents() -> anyhow::Result<Vec<(u32, u32)>> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A process may be gone by now.
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        if let Some(parent) = after_name(&stat).nth(1).and_then(|text| text.parse().ok()) {
            all.push((pid, parent));
        }
    }
    Ok(all)
}

/// The fields of `stat` from the state on; the name before them is in brackets and may hold anything.
fn after_name(stat: &str) -> impl Iterator<Item = &str> {
    stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_of_this_process_is_at_least_this_process() {
        let own = resident_bytes(std::process::id()).expect("this process");
        let Resident { all, of_files } = Resident::of(std::process::id()).expect("this process");
        assert!(own > 0 && (1..all).contains(&of_files));
        assert!(resident_bytes_of_tree(std::process::id()).expect("readable") >= own / 2);
    }

    #[test]
    fn time_on_a_core_only_grows() {
        let before = cpu_seconds(std::process::id()).expect("this process");
        let work: u64 = (0..20_000_000_u64).fold(0, |sum, n| std::hint::black_box(sum ^ n));
        std::hint::black_box(work);
        let after = cpu_seconds(std::process::id()).expect("this process");
        assert!(after >= before && after < 3600.0, "{before} {after}");
    }
}
