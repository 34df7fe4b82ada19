//! Who listens on a port: the socket's inode from `/proc/net/tcp`, its holder from `/proc/<pid>/fd`.

use std::fs;
use std::path::Path;

/// `LISTEN` in the `st` column of `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// `pid 4242 (name)`, or that it cannot be known.
pub(super) fn of(port: u16) -> String {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok())
        .flat_map(|table| listening_inodes(&table, port))
        .collect();
    holder(&inodes).unwrap_or_else(|| "a process that cannot be seen from here".to_owned())
}

fn listening_inodes(table: &str, port: u16) -> Vec<String> {
    let suffix = format!(":{port:04X}");
    let inode = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (address, state, inode) = (columns.get(1)?, columns.get(3)?, columns.get(9)?);
        (address.ends_with(&suffix) && *state == LISTEN).then(|| (*inode).to_owned())
    };
    table.lines().skip(1).filter_map(inode).collect()
}

fn holder(inodes: &[String]) -> Option<String> {
    let links: Vec<String> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let pid: u32 = process.file_name().to_str()?.parse().ok()?;
        holds(&process.path(), &links).then(|| {
            let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            format!("pid {pid} ({})", name.trim())
        })
    })
}

fn holds(process: &Path, links: &[String]) -> bool {
    let Ok(files) = fs::read_dir(process.join("fd")) else { return false };
    files.flatten().filter_map(|file| fs::read_link(file.path()).ok()).any(|target| {
        let target = target.to_string_lossy();
        links.iter().any(|link| *link == target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listening_sockets_of_the_port_count() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:2382 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 111 1 0\n\
            1: 0100007F:2382 0100007F:9999 01 00000000:00000000 00:00000000 00000000  0  0 222 1 0\n\
            2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 333 1 0\n";
        assert_eq!(listening_inodes(table, 0x2382), ["111"]);
        assert!(listening_inodes("", 80).is_empty());
    }
}
