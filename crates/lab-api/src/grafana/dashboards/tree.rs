//! The tree of folders: which folder lies in which, and which dashboards lie in each. Whatever changes it writes to a disk.

use axum::http::StatusCode;
use lab_dashboards::{Folder, ImportError, Replace, ShelfError, identity};

use crate::grafana::state::GrafanaState;

/// Folders within folders, as many as Grafana allows.
const DEEPEST: usize = 4;

/// Why the tree is not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    #[error("there is no folder {0:?}")]
    Absent(String),
    #[error("a folder with the uid {0:?} exists already")]
    Exists(String),
    #[error("folder title cannot be empty")]
    Untitled,
    #[error("folder uid {0:?}: a uid has at most 40 of the characters a-z, A-Z, 0-9, - and _, and is not \"general\"")]
    Uid(String),
    #[error("a folder cannot lie in itself or in a folder within it")]
    Circle,
    #[error("folders lie at most {DEEPEST} deep in each other")]
    Deep,
    #[error("the folder is not empty; move or delete its dashboards and folders first")]
    NotEmpty,
    #[error("the folder has been changed by someone else; read it again, or set overwrite")]
    Stale,
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error("the lab was stopped while it made the change; send it again")]
    Stopped,
}

impl FolderError {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Absent(_) => StatusCode::NOT_FOUND,
            Self::Exists(_) => StatusCode::CONFLICT,
            Self::Stale | Self::Import(ImportError::Stale(_)) => StatusCode::PRECONDITION_FAILED,
            Self::Shelf(ShelfError::Full { .. }) | Self::Import(ImportError::Full) => StatusCode::INSUFFICIENT_STORAGE,
            Self::Shelf(ShelfError::Disk { .. }) | Self::Stopped | Self::Import(ImportError::Disk { .. }) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::Shelf(ShelfError::Large { .. }) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Shelf(ShelfError::Shape { .. })
            | Self::Untitled
            | Self::Uid(_)
            | Self::Circle
            | Self::Deep
            | Self::NotEmpty
            | Self::Import(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// The folder in which a dashboard lies.
pub(crate) fn of(state: &GrafanaState, board: &str) -> Option<Folder> {
    state.notes.folders.list().into_iter().find(|folder| folder.dashboards.iter().any(|uid| uid == board))
}

pub(crate) fn one(state: &GrafanaState, uid: &str) -> Option<Folder> {
    state.notes.folders.list().into_iter().find(|folder| folder.uid == uid)
}

/// Whether there is a folder of this uid; an empty one and `general` stand for none.
pub(crate) fn exists(state: &GrafanaState, uid: &str) -> bool {
    is_general(uid) || one(state, uid).is_some()
}

pub(crate) fn is_general(uid: &str) -> bool {
    uid.is_empty() || uid == "general"
}

/// Puts a dashboard into a folder, or into none.
pub(crate) fn put(state: &GrafanaState, board: &str, uid: &str) -> Result<(), ShelfError> {
    if is_general(uid) && of(state, board).is_none() {
        return Ok(());
    }
    state.notes.folders.change(|list| {
        for folder in list.iter_mut() {
            folder.dashboards.retain(|one| one != board);
        }
        if let Some(folder) = list.iter_mut().find(|folder| folder.uid == uid) {
            folder.dashboards.push(board.to_owned());
        }
    })
}

/// The folders around this one, the outermost first.
pub(crate) fn parents(list: &[Folder], uid: &str) -> Vec<Folder> {
    let find = |uid: &str| list.iter().find(|folder| folder.uid == uid);
    let mut line: Vec<Folder> = Vec::new();
    let mut parent = find(uid).and_then(|folder| find(&folder.parent));
    while let Some(folder) = parent.filter(|_| line.len() < list.len()) {
        line.insert(0, folder.clone());
        parent = find(&folder.parent);
    }
    line
}

/// The uids of the folders within this one, at any depth.
fn within(list: &[Folder], uid: &str) -> Vec<String> {
    let is_within = |folder: &&Folder| parents(list, &folder.uid).iter().any(|parent| parent.uid == uid);
    list.iter().filter(is_within).map(|folder| folder.uid.clone()).collect()
}

/// How many folders and dashboards lie within this one, at any depth.
pub(crate) fn counts(list: &[Folder], uid: &str) -> (usize, usize) {
    let folders = within(list, uid);
    let is_meant = |folder: &&Folder| folder.uid == uid || folders.contains(&folder.uid);
    (folders.len(), list.iter().filter(is_meant).map(|folder| folder.dashboards.len()).sum())
}

/// What is written of a folder.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    pub(crate) title: String,
    pub(crate) description: String,
    /// The folder in which it lies.
    pub(crate) parent: String,
}

/// The tree with a folder made or changed at a time, and that folder; it replaces one of its uid as far as it may.
pub(crate) fn written(
    list: &[Folder],
    uid: &str,
    written: Written,
    (now, replace): (i64, Replace),
) -> Result<(Vec<Folder>, Folder), FolderError> {
    let Written { title, description, parent } = written;
    let known = list.iter().find(|folder| folder.uid == uid).map(|folder| folder.version);
    match replace {
        Replace::No if known.is_some() => return Err(FolderError::Exists(uid.to_owned())),
        Replace::Version(wanted) if known != Some(wanted) => return Err(FolderError::Stale),
        _ => {}
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if title.trim().is_empty() {
        return Err(FolderError::Untitled);
    }
    if uid.is_empty() || uid.len() > 40 || uid == "general" || !uid.bytes().all(is_plain) {
        return Err(FolderError::Uid(uid.chars().take(80).collect()));
    }
    let parent = if is_general(&parent) { String::new() } else { parent };
    if !parent.is_empty() && !list.iter().any(|folder| folder.uid == parent) {
        return Err(FolderError::Absent(parent));
    }
    if parent == uid || within(list, uid).contains(&parent) {
        return Err(FolderError::Circle);
    }
    let mut list = list.to_vec();
    let folder = if let Some(known) = list.iter_mut().find(|folder| folder.uid == uid) {
        let (version, updated) = (known.version + 1, now);
        *known = Folder { title, description, parent, version, updated, ..known.clone() };
        known.clone()
    } else {
        let id = list.iter().map(|folder| folder.id).max().unwrap_or_default() + 1;
        let new = Folder {
            id,
            uid: uid.to_owned(),
            identity: identity::fresh(),
            title,
            description,
            parent,
            version: 1,
            created: now,
            updated: now,
            dashboards: Vec::new(),
        };
        list.push(new.clone());
        new
    };
    let deepest = list.iter().map(|folder| parents(&list, &folder.uid).len() + 1).max().unwrap_or_default();
    if deepest > DEEPEST {
        return Err(FolderError::Deep);
    }
    Ok((list, folder))
}

/// Makes a folder, or changes the one of this uid.
pub(crate) fn write(state: &GrafanaState, uid: &str, new: Written, how: (i64, Replace)) -> Result<Folder, FolderError> {
    change(state, |list| written(list, uid, new, how))
}

/// Makes the tree another one; a refusal leaves it as it is.
pub(crate) fn change<R>(
    state: &GrafanaState,
    change: impl FnOnce(&[Folder]) -> Result<(Vec<Folder>, R), FolderError>,
) -> Result<R, FolderError> {
    state.notes.folders.change(|list| {
        let (changed, result) = change(list)?;
        *list = changed;
        Ok(result)
    })?
}

/// Which folders may be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    Empty,
    /// With the folders and the imported dashboards in it.
    WithContent,
}

/// Takes a folder away, if it may go as it is now.
pub(crate) fn remove(
    state: &GrafanaState,
    uid: &str,
    how: Removal,
    may_go: impl FnOnce(&Folder) -> bool,
) -> Result<Folder, FolderError> {
    let (folder, boards) = change(state, |list| {
        let folder = list.iter().find(|folder| folder.uid == uid).cloned();
        let folder = folder.ok_or_else(|| FolderError::Absent(uid.to_owned()))?;
        if !may_go(&folder) {
            return Err(FolderError::Stale);
        }
        if how == Removal::Empty && counts(list, uid) != (0, 0) {
            return Err(FolderError::NotEmpty);
        }
        let mut gone = within(list, uid);
        gone.push(uid.to_owned());
        let (gone, left): (Vec<Folder>, Vec<Folder>) =
            list.iter().cloned().partition(|folder| gone.contains(&folder.uid));
        let boards: Vec<String> = gone.into_iter().flat_map(|folder| folder.dashboards).collect();
        Ok((left, (folder, boards)))
    })?;
    for board in boards {
        state.library.forget(&board, |_| true)?;
    }
    Ok(folder)
}
