//! Starting a program: its words, its environment, its streams, its process group.

use std::io::IsTerminal;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use lab_logs::LogStore;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::parts::program::environment::Changes;
use crate::parts::program::forward::Reached;
use crate::parts::program::lines::Lines;
use crate::parts::program::streams::Stream;

/// What to start.
#[derive(Clone, Debug)]
pub struct ProgramSpec {
    /// The service that its lines belong to.
    pub service: String,
    /// The program and its arguments; there is at least one.
    pub words: Vec<String>,
    pub changes: Changes,
    /// Whether it is the command of the run: our standard input and standard output are its own. What services write is
    /// shown on standard error.
    pub is_command: bool,
}

/// A program that runs.
pub struct Program {
    pub child: Child,
    pub pid: u32,
    pub reached: Reached,
    /// Its terminals, whose size follows that of ours.
    pub terminals: Vec<OwnedFd>,
}

impl ProgramSpec {
    /// Starts it. Its output is read by tasks of `pumps`, which end when nobody can write to it any more.
    pub fn start(&self, store: &Arc<LogStore>, pumps: &mut JoinSet<()>) -> std::io::Result<Program> {
        let (program, arguments) = self.words.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command.args(arguments).envs(&self.changes.set);
        for name in self.changes.removed.keys() {
            command.env_remove(name);
        }
        let shares_terminal = self.is_command && std::io::stdin().is_terminal();
        command.stdin(if self.is_command { Stdio::inherit() } else { Stdio::null() });
        if !shares_terminal {
            command.process_group(0);
        }
        let (stdout, stderr) = (Stream::Stdout.open()?, Stream::Stderr.open()?);
        command.stdout(stdout.program).stderr(stderr.program);
        let child = command.spawn()?;
        // The command holds the program's ends of the streams; only without them do ours come to their end.
        drop(command);
        for (stream, ours) in [(Stream::Stdout, stdout.ours), (Stream::Stderr, stderr.ours)] {
            let lines = Lines::new(store.clone(), &self.service, stream.name());
            let shown = if self.is_command { stream } else { Stream::Stderr };
            pumps.spawn_blocking(move || Stream::pump(shown, ours, lines));
        }
        Ok(Program {
            pid: child.id().unwrap_or_default(),
            child,
            reached: if shares_terminal { Reached::SharesTerminal } else { Reached::Group },
            terminals: [stdout.terminal, stderr.terminal].into_iter().flatten().collect(),
        })
    }
}

/// The exit code that a shell would give, and the same in words.
pub fn ended(status: ExitStatus) -> (u8, String) {
    match (status.code(), status.signal()) {
        (Some(code), _) => (code as u8, format!("exited with code {code}")),
        (None, Some(signal)) => ((128 + signal) as u8, format!("was ended by signal {signal}")),
        (None, None) => (1, "ended in an unknown way".to_owned()),
    }
}

/// The exit code of a program that cannot be started, as shells have it.
pub fn not_started(error: &std::io::Error) -> u8 {
    match error.kind() {
        std::io::ErrorKind::NotFound => 127,
        _ => 126,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_of_a_shell() {
        assert_eq!(ended(ExitStatus::from_raw(3 << 8)), (3, "exited with code 3".to_owned()));
        assert_eq!(ended(ExitStatus::from_raw(9)), (137, "was ended by signal 9".to_owned()));
        let error = |kind: std::io::ErrorKind| not_started(&kind.into());
        assert_eq!(error(std::io::ErrorKind::NotFound), 127);
        assert_eq!(error(std::io::ErrorKind::PermissionDenied), 126);
    }
}
