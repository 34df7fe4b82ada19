//! The last report that `dicelab verify` has made of this lab: kept beside the telemetry, so that it is still there
//! after a restart.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lab_verify::report::model::{Report, Summary};
use parking_lot::{Mutex, MutexGuard};

/// The largest report that is taken, in bytes of JSON. One of 122 checks has 53 kB.
pub const LARGEST: usize = 1 << 20;

/// The report, to be replaced and looked at from anywhere; a clone shares it.
#[derive(Clone, Debug, Default)]
pub struct LastReport {
    /// Locked while it is written.
    file: Option<Arc<Mutex<PathBuf>>>,
    report: Arc<Mutex<Option<Arc<Report>>>>,
}

impl LastReport {
    /// Kept in memory only.
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// Kept in this file, which may hold one of earlier; one that cannot be read is said and passed over.
    pub fn in_file(file: PathBuf) -> Self {
        let report = read(&file).unwrap_or_else(|error| {
            tracing::warn!(%error, file = %file.display(), "the last verification report cannot be read");
            None
        });
        Self { file: Some(Arc::new(Mutex::new(file))), report: Arc::new(Mutex::new(report.map(Arc::new))) }
    }

    /// The report, if there is one.
    pub fn get(&self) -> Option<Arc<Report>> {
        self.lock().clone()
    }

    /// Its sums, if there is one.
    pub fn summary(&self) -> Option<Summary> {
        self.lock().as_ref().map(|report| report.summary.clone())
    }

    /// Keeps this one from now on; it is shown even if the disk does not take it. Blocks.
    pub fn set(&self, report: Report) -> io::Result<()> {
        let json = serde_json::to_vec(&report)?;
        *self.lock() = Some(Arc::new(report));
        let file = self.file.as_ref().map(|file| file.lock());
        file.map_or(Ok(()), |file| write(&file, &json))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Report>>> {
        self.report.lock()
    }
}

fn read(file: &Path) -> io::Result<Option<Report>> {
    let opened = match fs::File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut json = Vec::new();
    opened.take(LARGEST as u64).read_to_end(&mut json)?;
    Report::read(&json).map(Some).map_err(io::Error::other)
}

/// Whole or not at all.
fn write(file: &Path, json: &[u8]) -> io::Result<()> {
    let draft = file.with_extension("json.new");
    fs::write(&draft, json)?;
    fs::rename(&draft, file)
}
