//! How large a lab becomes while it is loaded.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::programs::lab::Lab;
use crate::programs::process::Resident;

/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// Bytes of files that count as resident: a release build has less of its own code in memory. The code of an unoptimised
/// build, which the tests run, takes three times as much, and says nothing about what the lab holds.
const CODE: u64 = 20 << 20;

/// The most that was seen, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Resident memory of the lab's process, without code beyond that of a release build.
    pub memory: u64,
    /// All files in its directory.
    pub files: u64,
}

/// Looks again and again until it is ended.
#[derive(Debug)]
pub struct Watch {
    end: oneshot::Sender<()>,
    looking: JoinHandle<Seen>,
}

impl Watch {
    /// Watches the process and the directory of a lab.
    pub fn start(lab: &Lab) -> anyhow::Result<Self> {
        let (pid, directory): (u32, PathBuf) = (lab.pid()?, lab.directory().to_owned());
        let (end, mut ended) = oneshot::channel();
        let looking = tokio::spawn(async move {
            let mut most = Seen::default();
            loop {
                let Resident { all, of_files } = Resident::of(pid).unwrap_or_default();
                most.memory = most.memory.max(all - of_files.saturating_sub(CODE));
                most.files = most.files.max(size_of(&directory));
                if tokio::time::timeout(LOOK, &mut ended).await.is_ok() {
                    return most;
                }
            }
        });
        Ok(Self { end, looking })
    }

    /// The most that was seen.
    pub async fn end(self) -> anyhow::Result<Seen> {
        let _ = self.end.send(());
        Ok(self.looking.await?)
    }
}

/// The lengths of all files below a directory; a file that goes away meanwhile has none.
pub fn size_of(directory: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(directory) else { return 0 };
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}
