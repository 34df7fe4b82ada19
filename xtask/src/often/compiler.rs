//! A compiler that keeps every core busy: the lab is compiled from nothing into a folder of its own, again and again.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A compiler that runs until it is stopped.
pub(crate) struct Compiler {
    stop: Arc<AtomicBool>,
    finished: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

impl Compiler {
    pub(crate) fn start(root: &Path) -> Result<Self, String> {
        let target = root.join("target/test-often/compiler");
        let first = compile(root, &target).map_err(|error| format!("the compiler beside the tests: {error}"))?;
        let (stop, finished) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (stopped, counted, root) = (stop.clone(), finished.clone(), root.to_owned());
        let thread = std::thread::spawn(move || keep_compiling(&root, &target, first, &stopped, &counted));
        Ok(Self { stop, finished, thread })
    }

    /// Ends it; the answer is how often it had compiled everything.
    pub(crate) fn stop(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.join();
        self.finished.load(Ordering::Relaxed)
    }
}

fn keep_compiling(root: &Path, target: &PathBuf, first: Child, stop: &AtomicBool, finished: &AtomicUsize) {
    let mut running = first;
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(200));
        if !matches!(running.try_wait(), Ok(Some(_))) {
            continue;
        }
        finished.fetch_add(1, Ordering::Relaxed);
        match compile(root, target) {
            Ok(next) => running = next,
            Err(error) => return eprintln!("test-often: the compiler beside the tests: {error}"),
        }
    }
    // Cargo's death alone would leave its compilers running.
    let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", running.id())]).status();
    let _ = running.wait();
}

/// Starts to compile everything, after what an earlier round has compiled is gone.
fn compile(root: &Path, target: &PathBuf) -> std::io::Result<Child> {
    let _ = std::fs::remove_dir_all(target);
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["build", "--quiet", "--locked", "--package", "dicelab", "--target-dir"])
        .arg(target)
        .current_dir(root);
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}
