//! Who holds a port: the socket's inode from `/proc/net/tcp`, its holder from `/proc/<pid>/fd`.

use std::fs;
use std::path::Path;

/// `LISTEN` in the `st` column of `/proc/net/tcp`.
const LISTEN: &str = "0A";
/// In the `inode` column, for a connection that no process has any more.
const ENDED: &str = "0";

/// `pid 4242 (name)`, an outgoing connection that was lent this number, or that it cannot be known.
pub(super) fn of(port: u16) -> String {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    let sockets: Vec<Socket> = tables.iter().flat_map(|table| sockets(table, port)).collect();
    let inodes = |listens: bool| -> Vec<String> {
        sockets.iter().filter(|socket| socket.listens == listens).map(|socket| socket.inode.clone()).collect()
    };
    let (listening, connected) = (inodes(true), inodes(false));
    if !listening.is_empty() || connected.is_empty() {
        return holder(&listening).unwrap_or_else(|| "a process that cannot be seen from here".to_owned());
    }
    of_connection(&connected, holder(&connected))
}

fn of_connection(inodes: &[String], holder: Option<String>) -> String {
    match holder {
        Some(holder) => format!("a connection of {holder}"),
        None if inodes.iter().all(|inode| inode == ENDED) => {
            "a connection that has just ended; it will be free in a minute".to_owned()
        }
        None => "a connection of a process that cannot be seen from here".to_owned(),
    }
}

/// A socket with a certain local port.
#[derive(Debug, PartialEq, Eq)]
struct Socket {
    listens: bool,
    inode: String,
}

fn sockets(table: &str, port: u16) -> Vec<Socket> {
    let suffix = format!(":{port:04X}");
    let socket = |line: &str| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (address, state, inode) = (columns.get(1)?, columns.get(3)?, columns.get(9)?);
        address.ends_with(&suffix).then(|| Socket { listens: *state == LISTEN, inode: (*inode).to_owned() })
    };
    table.lines().skip(1).filter_map(socket).collect()
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
    fn the_sockets_of_a_port_are_found_with_what_they_do() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:2382 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 111 1 0\n\
            1: 0100007F:2382 0100007F:9999 01 00000000:00000000 00:00000000 00000000  0  0 222 1 0\n\
            2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 333 1 0\n";
        let socket = |listens, inode: &str| Socket { listens, inode: inode.to_owned() };
        assert_eq!(sockets(table, 0x2382), [socket(true, "111"), socket(false, "222")]);
        assert_eq!(sockets("", 80), []);
    }

    #[test]
    fn a_connection_of_another_user_is_told_from_one_that_has_ended() {
        let told =
            |inodes: &[&str]| of_connection(&inodes.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>(), None);
        assert_eq!(told(&["0", "0"]), "a connection that has just ended; it will be free in a minute");
        assert_eq!(told(&["0", "222"]), "a connection of a process that cannot be seen from here");
    }

    #[test]
    fn a_port_that_a_connection_was_lent_is_told_from_one_that_is_listened_on() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let connection = std::net::TcpStream::connect(address).expect("connected");
        let lent = connection.local_addr().expect("bound").port();
        let this = format!("pid {}", std::process::id());
        assert!(of(lent).starts_with(&format!("a connection of {this} (")), "{}", of(lent));
        assert!(of(address.port()).starts_with(&this), "{}", of(address.port()));
    }
}
