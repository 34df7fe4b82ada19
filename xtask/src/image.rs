//! `cargo xtask image ROOT`: the image's root directory, run as a container runtime would run it, without one.
//!
//! Each process gets a mount namespace of its own in which the root is read-only, `/proc` and the sources of
//! randomness are there, and nothing else is; it runs as nobody's user. What a runtime writes, this writes: `/etc/hosts`, and `/etc/resolv.conf`
//! with a name server, which is a few lines of this program on a loopback address. The three services find each other
//! by names, die-service by the name server and dice-roller by the file; a roll and a batch go through all three. A
//! binary that were not static, or could not resolve names, would fail here.

mod name_server;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use crate::image::name_server::{ADDRESS, NameServer};

/// Nobody in particular, as in the Dockerfile.
const USER: &str = "65532:65532";
/// What a runtime mounts, then the binary; `$0` is the root, the arguments follow.
const RUN: &str = r#"
    mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" &&
    for one in dev/random dev/urandom proc; do mount --bind "/$one" "$0/$one"; done &&
    exec chroot --userspec="$USERSPEC" "$0" /dicelab "$@""#;
/// For everything to be ready.
const PATIENCE: Duration = Duration::from_secs(30);
/// Names that only the name server knows, and one that only the file knows.
const BY_SERVER: &str = "die-service-stage4";
const BY_FILE: &str = "dice-roller-stage4";

pub(crate) fn check(root: &Path) -> ExitCode {
    if !is_root() {
        println!("image: not root: what is in {} is not run", root.display());
        return ExitCode::SUCCESS;
    }
    match run(root) {
        Ok(()) => {
            println!("image: the three services run in {}, and find each other by name", root.display());
            ExitCode::SUCCESS
        }
        Err(finding) => {
            eprintln!("image: {finding}");
            ExitCode::FAILURE
        }
    }
}

fn run(root: &Path) -> Result<(), String> {
    let names = NameServer::start(BY_SERVER).map_err(|error| format!("no name server: {error}"))?;
    furnish(root).map_err(|error| format!("{}: {error}", root.display()))?;
    let [die, roller, page] = free_ports().map_err(|error| format!("no free ports: {error}"))?;
    let root = &Root(root);
    let die_url = format!("--die-service-url=http://{BY_SERVER}:{die}");
    let roller_url = format!("--dice-roller-url=http://{BY_FILE}:{roller}");
    let listen = |port: u16| format!("--listen=127.0.0.1:{port}");
    let _services = [
        root.service(&["service", "die-service", &listen(die)])?,
        root.service(&["service", "dice-roller", &listen(roller), &die_url, "--max-delay=0"])?,
        root.service(&["service", "frontend", &listen(page), &roller_url, &die_url, "--max-delay=0"])?,
    ];
    for (name, port) in [(BY_SERVER, die), (BY_FILE, roller), ("localhost", page)] {
        root.until_ready(&format!("http://{name}:{port}/readyz"))?;
    }
    answers(page, "/roll?die=fair", "\"roll\":")?;
    answers(page, "/roll-async?die=fair&times=5", "\"count\":5")?;
    if names.asked() == 0 {
        return Err("nobody asked the name server".to_owned());
    }
    Ok(())
}

/// What a container runtime puts into a root: mount points and the files about names.
fn furnish(root: &Path) -> std::io::Result<()> {
    for folder in ["dev", "etc", "proc"] {
        std::fs::create_dir_all(root.join(folder))?;
    }
    std::fs::write(root.join("dev/random"), "")?;
    std::fs::write(root.join("dev/urandom"), "")?;
    std::fs::write(root.join("etc/hosts"), format!("127.0.0.1 localhost\n127.0.0.1 {BY_FILE}\n"))?;
    std::fs::write(root.join("etc/resolv.conf"), format!("nameserver {ADDRESS}\n"))
}

struct Root<'a>(&'a Path);

impl Root<'_> {
    /// `dicelab` with these arguments in this root.
    fn dicelab(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-euc", RUN]).arg(self.0).args(arguments);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("USERSPEC", USER);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    fn service(&self, arguments: &[&str]) -> Result<Running, String> {
        let child = self.dicelab(arguments).spawn();
        child.map(Running).map_err(|error| format!("{arguments:?}: {error}"))
    }

    /// Asks as the health check of a container does, until the answer is good.
    fn until_ready(&self, url: &str) -> Result<(), String> {
        let began = Instant::now();
        loop {
            let output = self.dicelab(&["probe", url]).output().map_err(|error| error.to_string())?;
            if output.status.success() {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("{url} does not become ready: {}", String::from_utf8_lossy(&output.stderr)));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// A process that ends with the value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `GET path` is answered with 200 and a body in which this stands.
fn answers(port: u16, path: &str, expected: &str) -> Result<(), String> {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = ask().map_err(|error| format!("GET {path}: {error}"))?;
    let good = answer.starts_with("HTTP/1.1 200") && answer.contains(expected);
    if good { Ok(()) } else { Err(format!("GET {path}: {answer}")) }
}

fn free_ports() -> std::io::Result<[u16; 3]> {
    let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let held = [bind()?, bind()?, bind()?];
    let port = |listener: &TcpListener| listener.local_addr().map(|address| address.port());
    Ok([port(&held[0])?, port(&held[1])?, port(&held[2])?])
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.starts_with(b"0"))
}
