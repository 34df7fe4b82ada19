//! Copies of the whole database, made while it is in use. A copy is a data directory of its own: a lab that
//! is started with it as `--data-dir` has the same metrics.

use std::path::{Path, PathBuf};

use lab_storage::{Database, StorageError};

use crate::store::error::StoreError;

/// Writes `snapshots/<name>/<file>` beside the database's file.
pub(crate) fn write(database: &Database, name: &str) -> Result<PathBuf, StoreError> {
    let path = database.path().ok_or(StoreError::InMemory)?;
    let folder = path.parent().unwrap_or(Path::new("")).join("snapshots").join(name);
    std::fs::create_dir_all(&folder).map_err(|source| StorageError::Directory { path: folder.clone(), source })?;
    let copy = folder.join(path.file_name().unwrap_or_default());
    database.copy_to(&copy)?;
    Ok(copy)
}
