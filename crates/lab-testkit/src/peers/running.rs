//! A program that runs: its configuration, its ports, what it says, and its end.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Client;

use crate::eventually::eventually;
use crate::peers::program::Program;

/// A directory that goes with the value.
#[derive(Debug)]
pub struct Place(PathBuf);

impl Place {
    /// # Panics
    ///
    /// If the directory cannot be made.
    #[must_use]
    pub fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("dicelab-peer-{name}-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file into it; its path.
    ///
    /// # Panics
    ///
    /// If the file cannot be written.
    pub fn write(&self, file: &str, text: &str) -> String {
        let path = self.0.join(file);
        std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        path.display().to_string()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A program that runs until the value is dropped.
#[derive(Debug)]
pub struct Running {
    child: Mutex<Child>,
    log: PathBuf,
    place: Place,
}

impl Running {
    /// Starts a program in this directory, where its log stands, too.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn start<A: AsRef<std::ffi::OsStr>>(
        program: &Program,
        place: Place,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let log = place.path().join("log");
        Self { child: Mutex::new(spawn(program, &place, &log, arguments)), log, place }
    }

    /// Kills the program, so that it cannot wind down.
    ///
    /// # Panics
    ///
    /// If it cannot be killed.
    pub fn kill(&self) {
        let mut child = self.child.lock().expect("no panic");
        child.kill().and_then(|()| child.wait()).expect("killed");
    }

    /// Starts it again in its directory after it has ended. What it says is added to its log.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn start_again<A: AsRef<std::ffi::OsStr>>(&self, program: &Program, arguments: impl IntoIterator<Item = A>) {
        *self.child.lock().expect("no panic") = spawn(program, &self.place, &self.log, arguments);
    }

    /// The directory in which it runs.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What it has said.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Waits until `GET url` is answered with success.
    ///
    /// # Panics
    ///
    /// If the program ends before, with its log.
    pub async fn until_ready(&self, url: &str) {
        let client = client();
        eventually(|| async {
            let ended = self.exit();
            assert!(ended.is_none(), "it ended with {ended:?}:\n{}", self.log());
            let answer = client.get(url).send().await.and_then(reqwest::Response::error_for_status);
            answer.map(drop).map_err(|error| format!("{error}\n{}", self.log()))
        })
        .await;
    }

    /// How it ended, if it has.
    ///
    /// # Panics
    ///
    /// If the system does not tell.
    pub fn exit(&self) -> Option<ExitStatus> {
        self.child.lock().expect("no panic").try_wait().expect("waited")
    }
}

/// Starts the program in its directory.
fn spawn<A: AsRef<std::ffi::OsStr>>(
    program: &Program,
    place: &Place,
    log: &Path,
    arguments: impl IntoIterator<Item = A>,
) -> Child {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(log).expect("a log");
    let copy = file.try_clone().expect("a second handle");
    let mut command = program.command(arguments);
    let child = command.current_dir(place.path()).stdout(Stdio::from(file)).stderr(Stdio::from(copy)).spawn();
    child.unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut child = self.child.lock().expect("no panic");
        // One that has ended by itself is only reaped.
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// A client that asks loopback addresses directly, whatever proxy the environment names.
///
/// # Panics
///
/// If the system has no randomness.
#[must_use]
pub fn client() -> Client {
    // An error means that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().expect("a client")
}

/// A port on which nobody listens now.
///
/// # Panics
///
/// If the machine has none.
#[must_use]
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).expect("a free port").local_addr().expect("an address").port()
}
