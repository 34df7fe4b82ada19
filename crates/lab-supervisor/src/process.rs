//! One child: what it runs, and the loop that keeps it running until it is told to stop.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::{Mutex, MutexGuard};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::orders::{Lifeline, Order};
use crate::output::{OutputCounts, OutputSink, collect};
use crate::status::{ProcessState, ProcessStatus};

/// How long the output of a child that has ended may take to be read to its end.
const DRAIN: Duration = Duration::from_secs(5);

/// What to run and how.
#[derive(Clone, Debug)]
pub struct ProcessSpec {
    /// The name under which its output and its status appear.
    pub name: String,
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// Further arguments, which may change from life to life.
    pub more_args: MoreArgs,
    /// Environment variables set, or with `None` removed, on top of our own.
    pub env: Vec<(OsString, Option<OsString>)>,
    /// How long it may take to end after SIGTERM before it gets SIGKILL.
    pub grace: Duration,
    /// How long it waits before it is started again.
    pub backoff: Backoff,
}

/// Arguments that whoever holds a clone may change; a child gets those of the moment at which it starts.
#[derive(Clone, Debug, Default)]
pub struct MoreArgs(Arc<Mutex<Vec<OsString>>>);

impl MoreArgs {
    /// What the next lives are started with.
    pub fn set(&self, args: Vec<OsString>) {
        *self.lock() = args;
    }

    fn get(&self) -> Vec<OsString> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<OsString>> {
        self.0.lock()
    }
}

/// What the outside may ask of the loop.
#[derive(Debug)]
pub(crate) enum Request {
    /// End it, then start it again at once.
    Restart,
    /// Pass a signal on to its process group.
    Signal(Signal),
    /// Pass an order on to it.
    Order(Order),
}

/// The ways in which the loop is steered.
#[derive(Clone, Debug)]
pub(crate) struct Stops {
    /// Cancelled: end with SIGTERM, SIGKILL after the grace time.
    pub(crate) gentle: CancellationToken,
    /// Cancelled: end with SIGKILL now.
    pub(crate) forced: CancellationToken,
}

/// The owner of one child: its `select!`s are the list of everything that can happen to it.
pub(crate) struct Process {
    pub(crate) spec: ProcessSpec,
    pub(crate) name: Arc<str>,
    pub(crate) sink: Arc<dyn OutputSink>,
    pub(crate) counts: Arc<OutputCounts>,
    pub(crate) status: watch::Sender<ProcessStatus>,
    pub(crate) requests: mpsc::Receiver<Request>,
    pub(crate) stops: Stops,
}

/// Why a life ended.
enum End {
    Stopped,
    RestartAsked,
    Died,
}

impl Process {
    /// Starts the child, and again whenever it ends, until it is stopped.
    pub(crate) async fn run(mut self) {
        loop {
            let started = Instant::now();
            let end = match Life::begin(&self) {
                Ok(life) => self.attend(life).await,
                Err(error) => {
                    let reason = format!("cannot start {}: {error}", self.spec.program.display());
                    tracing::error!(process = %self.name, %error, "cannot start a process");
                    self.status.send_modify(|status| status.last_exit = Some(reason));
                    End::Died
                }
            };
            let go_on = match end {
                End::Stopped => false,
                End::RestartAsked => true,
                End::Died => self.back_off(started.elapsed()).await,
            };
            if !go_on || self.stops.gentle.is_cancelled() {
                self.status.send_modify(|status| status.state = ProcessState::Stopped);
                return;
            }
            self.status.send_modify(|status| status.restarts += 1);
        }
    }

    /// Waits for the end of one life, steering it meanwhile.
    async fn attend(&mut self, mut life: Life) -> End {
        self.status.send_modify(|status| {
            status.state = ProcessState::Running;
            status.pid = life.child.id();
            status.started_ms = Some(now_ms());
        });
        let (end, exit) = loop {
            tokio::select! {
                biased;
                () = self.stops.gentle.cancelled() => break (End::Stopped, self.terminate(&mut life).await),
                exit = life.child.wait() => break (End::Died, exit),
                Some(request) = self.requests.recv() => match request {
                    Request::Restart => break (End::RestartAsked, self.terminate(&mut life).await),
                    Request::Signal(signal) => life.signal(signal),
                    Request::Order(order) => life.lifeline.pass_on(order),
                },
            }
        };
        let reason = match exit {
            Ok(status) => describe(status),
            Err(error) => format!("cannot be waited for: {error}"),
        };
        if matches!(end, End::Died) {
            tracing::warn!(process = %self.name, reason, "a process ended although nobody stopped it");
        }
        life.finish().await;
        self.status.send_modify(|status| {
            status.pid = None;
            status.last_exit = Some(reason);
        });
        end
    }

    /// SIGTERM, then SIGKILL when the grace time has passed or force is asked for; waits for the end.
    async fn terminate(&self, life: &mut Life) -> std::io::Result<ExitStatus> {
        self.status.send_modify(|status| status.state = ProcessState::Stopping);
        if !self.stops.forced.is_cancelled() {
            life.signal(Signal::TERM);
            tokio::select! {
                exit = life.child.wait() => return exit,
                () = tokio::time::sleep(self.spec.grace) => {
                    tracing::warn!(process = %self.name, grace = ?self.spec.grace, "a process did not end in time");
                }
                () = self.stops.forced.cancelled() => {}
            }
        }
        life.signal(Signal::KILL);
        life.child.wait().await
    }

    /// Waits before the next start; false if the process is to stop instead.
    async fn back_off(&mut self, ran_for: Duration) -> bool {
        let delay = self.spec.backoff.delay_after(ran_for);
        self.status.send_modify(|status| status.state = ProcessState::BackingOff);
        let deadline = tokio::time::sleep(delay);
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                () = self.stops.gentle.cancelled() => return false,
                () = &mut deadline => return true,
                Some(request) = self.requests.recv() => if matches!(request, Request::Restart) { return true },
            }
        }
    }
}

/// A running child with everything that ends with it.
struct Life {
    child: Child,
    group: Option<Pid>,
    /// The child sees it close when we are gone.
    lifeline: Lifeline,
    readers: JoinSet<()>,
}

impl Life {
    fn begin(process: &Process) -> std::io::Result<Self> {
        let spec = &process.spec;
        let mut command = Command::new(&spec.program);
        let (lifeline, stdin) = Lifeline::new()?;
        command.args(&spec.args).args(spec.more_args.get()).process_group(0).kill_on_drop(true);
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        for (name, value) in &spec.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut child = command.spawn()?;
        let group = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let readers = collect(&process.name, stdout, stderr, &process.sink, &process.counts);
        Ok(Self { child, group, lifeline, readers })
    }

    /// Sends a signal to the child and whatever it has started.
    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // Fails only when all of the group have ended already.
            let _ = kill_process_group(group, signal);
        }
    }

    /// After the child's end: ends what it left behind in its group, and reads the output to its end.
    async fn finish(mut self) {
        self.signal(Signal::KILL);
        if timeout(DRAIN, async { while self.readers.join_next().await.is_some() {} }).await.is_err() {
            tracing::warn!(
                "a process has ended, but something else keeps its output open; its output is not read any more"
            );
        }
    }
}

impl Drop for Life {
    /// A supervisor that is dropped takes the whole group with it, not only the child.
    fn drop(&mut self) {
        if self.child.id().is_some() {
            self.signal(Signal::KILL);
        }
    }
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with code {code}"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => status.to_string(),
    }
}
