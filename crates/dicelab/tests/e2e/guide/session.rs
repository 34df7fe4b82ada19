//! The reader's terminal: one bash, in a directory that looks like a clone of the repository.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// The line that marks the end of a command; its exit code follows.
const END: &str = "--- the command has ended with ";
/// A command that takes longer than this is taken to hang and is killed. No verdict depends on it.
const LONGEST: Duration = Duration::from_secs(240);
/// The files and folders of the repository that a page may name.
const SHOWN: [&str; 4] = ["dashboards", "deploy", "docs", "README.md"];

/// Where `make foreign` installs the tools of the page about tests; machines without them skip its blocks.
const TOOLS: [&str; 2] =
    ["crates/dicelab/tests/foreign/.venv/bin", "crates/dicelab/tests/foreign/.tools/node_modules/.bin"];

/// The folders in which the reader's programs are.
pub(crate) fn programs() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let tools = TOOLS.map(|tools| root.join(tools).display().to_string()).join(":");
    format!("{tools}:{}", std::env::var("PATH").unwrap_or_default())
}

/// Where the toolchains of Rust and Go keep what they have: below the home of whoever runs the test, which the reader's is not.
fn toolchains() -> impl Iterator<Item = (&'static str, String)> {
    let home = std::env::var("HOME").unwrap_or_default();
    let places = [
        ("RUSTUP_HOME", ".rustup"),
        ("CARGO_HOME", ".cargo"),
        ("GOCACHE", ".cache/go-build"),
        ("GOPATH", "go"),
        ("PYENV_ROOT", ".pyenv"),
    ];
    places
        .into_iter()
        .map(move |(name, place)| (name, std::env::var(name).unwrap_or_else(|_| format!("{home}/{place}"))))
}

/// A bash that keeps its variables from command to command.
pub(crate) struct Session {
    bash: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl Session {
    /// Starts bash in `home`.
    pub(crate) fn start(home: &Path) -> Self {
        let release = home.join("target/release");
        std::fs::create_dir_all(&release).expect("a directory");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for name in SHOWN {
            symlink(root.join(name), home.join(name)).expect("a link");
        }
        symlink(env!("CARGO_BIN_EXE_dicelab"), release.join("dicelab")).expect("a link");
        let path = format!("{}:{}", release.display(), programs());
        let mut command = Command::new("bash");
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("DICELAB_") || text.starts_with("OTEL_") || text.to_lowercase().ends_with("_proxy") {
                command.env_remove(name);
            }
        }
        let mut bash = command
            .args(["--norc", "--noprofile"])
            .current_dir(home)
            .envs([("PATH", path.as_str()), ("HOME", &home.display().to_string()), ("LC_ALL", "C.UTF-8")])
            .env("COLUMNS", "100")
            .envs(toolchains())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("bash");
        let (stdin, stdout) = (bash.stdin.take().expect("piped"), bash.stdout.take().expect("piped"));
        let (send, lines) = sync_channel(1024);
        std::thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            let mut line = Vec::new();
            while stdout.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
                if send.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    break;
                }
                line.clear();
            }
        });
        Self { bash, stdin, lines }
    }

    /// Runs a command to its end: its exit code, and what it printed to stdout and stderr.
    pub(crate) fn run(&mut self, command: &str) -> Result<(i32, String), String> {
        let script = format!("{{\n{command}\n}} </dev/null 2>&1\nprintf '\\n{END}%d\\n' $?\n");
        self.stdin.write_all(script.as_bytes()).map_err(|error| format!("bash is gone: {error}"))?;
        let deadline = Instant::now() + LONGEST;
        let mut output = String::new();
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => match line.strip_prefix(END) {
                    Some(code) => return Ok((code.trim().parse().unwrap_or(-1), output.replace('\r', "\n"))),
                    None => output.push_str(&line),
                },
                Err(RecvTimeoutError::Timeout) => {
                    self.kill();
                    return Err(format!("not ended within {LONGEST:?}; it had printed\n{output}"));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(format!("bash ended; it had printed\n{output}")),
            }
        }
    }

    /// Ends bash and what it started.
    fn kill(&self) {
        let group = i32::try_from(self.bash.id()).ok().and_then(Pid::from_raw);
        let _ = group.map(|group| kill_process_group(group, Signal::KILL));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.kill();
        let _ = self.bash.wait();
    }
}
