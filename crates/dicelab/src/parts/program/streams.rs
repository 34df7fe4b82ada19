//! The two output streams of a program: a terminal where ours is one, else a pipe. What comes is shown at once and
//! untouched, and then kept as lines.

use std::fs::File;
use std::io::{IsTerminal, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::Stdio;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, OutputModes, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize};

use crate::parts::clock::now_ns;
use crate::parts::program::lines::Lines;

/// So much is read at once.
const PIECE: usize = 64 << 10;

/// One of the two streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// The two ends of a stream: what the program writes to, and what we read.
pub struct Ends {
    pub program: Stdio,
    pub ours: OwnedFd,
    /// Ours again if it is a terminal, whose size follows that of the real one.
    pub terminal: Option<OwnedFd>,
}

impl Stream {
    /// `stdout` or `stderr`
    pub fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }

    /// Opens both ends.
    pub fn open(self) -> std::io::Result<Ends> {
        let is_terminal = match self {
            Self::Stdout => std::io::stdout().is_terminal(),
            Self::Stderr => std::io::stderr().is_terminal(),
        };
        if is_terminal {
            return terminal();
        }
        let (ours, program) = std::io::pipe()?;
        Ok(Ends { program: program.into(), ours: ours.into(), terminal: None })
    }

    /// Shows `on` one of our streams what comes, and keeps it, until nobody can write any more. Blocks.
    pub fn pump(on: Self, ours: OwnedFd, mut lines: Lines) {
        let mut ours = File::from(ours);
        let mut piece = vec![0; PIECE];
        loop {
            match ours.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => {
                    on.show(&piece[..length]);
                    lines.take(&piece[..length], now_ns());
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                // A terminal without a writer left ends in an error.
                Err(_) => break,
            }
        }
        lines.finish(now_ns());
    }

    /// Nobody is left to read if this fails; the lines are kept all the same.
    fn show(self, bytes: &[u8]) {
        let _ = match self {
            Self::Stdout => {
                let mut out = std::io::stdout().lock();
                out.write_all(bytes).and_then(|()| out.flush())
            }
            Self::Stderr => std::io::stderr().lock().write_all(bytes),
        };
    }
}

/// A terminal of the program's own.
fn terminal() -> std::io::Result<Ends> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let name = ptsname(&ours, Vec::new())?;
    let program = open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    // Line feeds become carriage return and line feed in the real terminal, not twice.
    let mut modes = tcgetattr(&program)?;
    modes.output_modes.remove(OutputModes::OPOST);
    tcsetattr(&program, OptionalActions::Now, &modes)?;
    let terminal = ours.try_clone()?;
    resize(&terminal);
    Ok(Ends { program: program.into(), ours, terminal: Some(terminal) })
}

/// Gives a terminal of a program the size of the real one.
pub fn resize(terminal: &OwnedFd) {
    let real = [std::io::stdout().as_fd().try_clone_to_owned(), std::io::stderr().as_fd().try_clone_to_owned()];
    let size = real.into_iter().flatten().find_map(|real| tcgetwinsize(&real).ok());
    if let Some(size) = size {
        // A terminal that has been closed needs no size.
        let _ = tcsetwinsize(terminal, size);
    }
}
