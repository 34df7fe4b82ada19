//! How much memory the process has had at most, as Linux tells.

use std::sync::LazyLock;

use lab_model::MemoryPool;

/// The memory that the fuzzed queries share. With it a lab would have 256 MiB (`--max-memory`).
const POOL: u64 = 64 << 20;
/// What the process may hold at most. The other tests of this binary run beside, so a long run is to be one of its own.
const MOST: u64 = 256 << 20;
const MOST_BESIDE_OTHERS: u64 = 1 << 30;

/// The pool of a small lab, one for all targets.
pub(super) fn pool() -> MemoryPool {
    static SHARED: LazyLock<MemoryPool> = LazyLock::new(|| MemoryPool::new(POOL));
    SHARED.clone()
}

/// Fails if the process ever held more than it may.
pub(super) fn check(after: &str) {
    let alone = std::env::var_os("DICELAB_FUZZ_QUERIES").is_some();
    let (peak, most) = (peak(), if alone { MOST } else { MOST_BESIDE_OTHERS });
    assert!(peak <= most, "the process held {} MiB at most, after {after:.500}", peak >> 20);
}

/// Prints the most that the process held.
pub(super) fn report() {
    println!("at most {} MiB", peak() >> 20);
}

fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) << 10
}
