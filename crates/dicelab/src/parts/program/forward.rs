//! The signals that we get and the program is meant to have.

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::signal::unix::{Signal as Listener, SignalKind, signal};

/// Listens for everything that is forwarded.
pub struct Forwarded {
    interrupt: Listener,
    terminate: Listener,
    hangup: Listener,
    quit: Listener,
    user1: Listener,
    user2: Listener,
    window: Listener,
}

impl Forwarded {
    /// From now on these signals no longer end this process by themselves.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
            user1: signal(SignalKind::user_defined1())?,
            user2: signal(SignalKind::user_defined2())?,
            window: signal(SignalKind::window_change())?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.terminate.recv() => Signal::TERM,
            _ = self.hangup.recv() => Signal::HUP,
            _ = self.quit.recv() => Signal::QUIT,
            _ = self.user1.recv() => Signal::USR1,
            _ = self.user2.recv() => Signal::USR2,
            _ = self.window.recv() => Signal::WINCH,
        }
    }
}

/// Whom a signal reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// The program has a process group of its own, which gets what we get.
    Group,
    /// It shares ours, and the terminal has told both: it alone gets what the terminal does not send.
    SharesTerminal,
}

impl Reached {
    /// Hands a signal on.
    pub fn hand_on(self, pid: u32, signal: Signal) {
        let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return };
        // A program that has ended meanwhile needs no signal.
        let _ = match self {
            Self::Group => kill_process_group(pid, signal),
            Self::SharesTerminal if matches!(signal, Signal::INT | Signal::QUIT | Signal::WINCH) => Ok(()),
            Self::SharesTerminal => kill_process(pid, signal),
        };
    }

    /// Whether a signal means that the run is to end now. At a terminal, Ctrl-C is between its user and the program.
    pub fn cancels(self, signal: Signal) -> bool {
        match signal {
            Signal::TERM | Signal::HUP => true,
            Signal::INT => self == Self::Group,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_a_terminal_control_c_is_the_programs_own_affair() {
        assert!(Reached::Group.cancels(Signal::INT) && !Reached::SharesTerminal.cancels(Signal::INT));
        assert!(Reached::SharesTerminal.cancels(Signal::TERM) && !Reached::Group.cancels(Signal::USR1));
    }
}
