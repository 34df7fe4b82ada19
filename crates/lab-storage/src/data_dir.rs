//! The data directory: made if missing, proven writable, held by one process.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::StorageError;

/// A directory that this process alone uses, until the value is dropped.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory if needed and takes its lock.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        let fail = |source| StorageError::Directory { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(fail)?;
        let lock = File::options().create(true).truncate(false).write(true).open(path.join("lock")).map_err(fail)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StorageError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => Err(fail(source)),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_belongs_to_one_at_a_time() {
        let path = std::env::temp_dir().join(format!("dicelab-data-dir-{}", std::process::id()));
        let first = DataDir::open(&path).expect("free");
        let second = DataDir::open(&path).expect_err("taken");
        assert!(second.to_string().contains("in use by another dicelab"), "{second}");
        drop(first);
        DataDir::open(&path).expect("free again");
        fs::remove_dir_all(&path).expect("removed");
    }

    #[test]
    fn a_path_that_is_a_file_is_named() {
        let path = std::env::temp_dir().join(format!("dicelab-not-a-dir-{}", std::process::id()));
        fs::write(&path, "x").expect("written");
        let error = DataDir::open(&path).expect_err("no directory").to_string();
        assert!(error.contains("dicelab-not-a-dir"), "{error}");
        fs::remove_file(&path).expect("removed");
    }
}
