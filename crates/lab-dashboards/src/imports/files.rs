//! The files of imported dashboards: `uid.json` is the newest version, `uid.vN.json` an earlier one. Each is a resource, so
//! that what stands beside the content is kept with it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::dashboard::Dashboard;
use crate::imports::error::ImportError;
use crate::schema::schema_of;

/// A dashboard as the text of its file.
pub(super) fn encode(board: &Dashboard) -> String {
    let version = format!("dashboard.grafana.app/{}", schema_of(&board.json).version());
    let metadata = board.metadata.encode(&board.uid);
    json!({ "apiVersion": version, "kind": "Dashboard", "metadata": metadata, "spec": board.json }).to_string()
}

/// The file of the newest version, or of this earlier one.
pub(super) fn of(directory: &Path, uid: &str, earlier: Option<u64>) -> PathBuf {
    directory.join(earlier.map_or_else(|| format!("{uid}.json"), |version| format!("{uid}.v{version}.json")))
}

/// What a file holds.
pub(super) struct Found {
    pub(super) board: Dashboard,
    pub(super) bytes: usize,
    pub(super) is_earlier: bool,
}

/// Nothing for a file whose name is of another kind; the reason for one that is no dashboard.
pub(super) fn read(path: &Path) -> Option<Result<Found, String>> {
    let stem = path.extension().filter(|extension| *extension == "json").and(path.file_stem())?;
    let stem = stem.to_string_lossy();
    let (uid, version) = stem.split_once(".v").map_or((&*stem, None), |(uid, version)| (uid, Some(version)));
    let wrong = |reason: String| Some(Err(format!("{}: {reason}", path.display())));
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return wrong(error.to_string()),
    };
    let board = match Dashboard::parse(&text, uid) {
        Ok(board) => board,
        Err(error) => return wrong(error.to_string()),
    };
    let is_named = version.is_none_or(|version| version == board.version().to_string());
    if !is_named {
        return wrong(format!("the file holds version {} of the dashboard", board.version()));
    }
    Some(Ok(Found { board, bytes: text.len(), is_earlier: version.is_some() }))
}

/// Writes a file whole or not at all.
pub(super) fn write(path: &Path, text: &str) -> Result<(), ImportError> {
    let draft = path.with_extension("json.new");
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(|error| disk(directory, error))?;
    }
    fs::write(&draft, text).map_err(|error| disk(&draft, error))?;
    fs::rename(&draft, path).map_err(|error| disk(path, error))
}

pub(super) fn remove(path: &Path) -> Result<(), ImportError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(disk(path, error)),
        _ => Ok(()),
    }
}

fn disk(path: &Path, error: io::Error) -> ImportError {
    ImportError::Disk { path: path.display().to_string(), error }
}
