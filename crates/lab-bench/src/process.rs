//! A process and its children, as `/proc` shows them.

use std::fs;

/// Resident memory of a process and all below it.
pub(crate) fn resident_bytes_of_tree(root: u32) -> anyhow::Result<u64> {
    let parents = parents()?;
    let mut tree = vec![root];
    let mut at = 0;
    while let Some(&pid) = tree.get(at) {
        tree.extend(parents.iter().filter(|(_, parent)| *parent == pid).map(|(child, _)| *child));
        at += 1;
    }
    Ok(tree.into_iter().filter_map(resident_bytes).sum())
}

/// Every process with its parent.
fn parents() -> anyhow::Result<Vec<(u32, u32)>> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A process may be gone by now.
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        // The name is in brackets and may hold anything; state and parent follow it.
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        if let Some(parent) = after_name.split_whitespace().nth(1).and_then(|text| text.parse().ok()) {
            all.push((pid, parent));
        }
    }
    Ok(all)
}

/// `VmRSS` of a process; nothing if it is gone.
fn resident_bytes(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_of_this_process_is_at_least_this_process() {
        let own = resident_bytes(std::process::id()).expect("this process");
        assert!(own > 0);
        assert!(resident_bytes_of_tree(std::process::id()).expect("readable") >= own / 2);
    }
}
