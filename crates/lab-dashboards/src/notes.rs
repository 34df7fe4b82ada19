//! What people write beside the dashboards: annotations, folders, silences of alerts, short links, snapshots.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::shelf::{Shelf, ShelfError};

/// Something that happened at a time, or lasted, with the words about it. Times are milliseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Annotation {
    pub id: u64,
    /// The dashboard on which it is drawn; on all of them if there is none.
    #[serde(rename = "dashboardUID")]
    pub dashboard_uid: Option<String>,
    /// The panel on which it is drawn; 0 stands for all of the dashboard.
    pub panel_id: i64,
    pub time: i64,
    /// Equal to `time` if it did not last.
    pub time_end: i64,
    pub text: String,
    pub tags: Vec<String>,
    /// What a program keeps with it, as JSON.
    #[serde(default)]
    pub data: Value,
    pub created: i64,
    pub updated: i64,
}

/// A folder and the uids of the dashboards in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Folder {
    pub id: u64,
    pub uid: String,
    /// Tells the folder from an earlier one of the same uid that is gone; empty if it was made before there were identities.
    #[serde(default)]
    pub identity: String,
    pub title: String,
    #[serde(default)]
    pub description: String,
    /// The uid of the folder in which it lies; empty at the top.
    #[serde(default)]
    pub parent: String,
    /// Raised by each change.
    pub version: u64,
    /// Milliseconds since the epoch.
    pub created: i64,
    pub updated: i64,
    /// Uids of dashboards.
    pub dashboards: Vec<String>,
}

/// A condition of a silence on the labels of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SilenceMatcher {
    pub name: String,
    pub value: String,
    pub is_regex: bool,
    /// False turns the condition round.
    #[serde(default = "yes")]
    pub is_equal: bool,
}

fn yes() -> bool {
    true
}

/// Keeps alerts whose labels match quiet between two times, in milliseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Silence {
    pub id: String,
    pub matchers: Vec<SilenceMatcher>,
    pub starts_at: i64,
    pub ends_at: i64,
    pub created_by: String,
    pub comment: String,
    pub updated_at: i64,
}

/// An address of the page under a short name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub uid: String,
    /// Without a leading slash.
    pub path: String,
}

/// A dashboard as it was at a time, with the data that it showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    pub id: u64,
    /// What its address names.
    pub key: String,
    /// What somebody must know who takes it away without being asked who he is.
    pub delete_key: String,
    pub name: String,
    /// Milliseconds since the epoch.
    pub created: i64,
    /// When it goes by itself; never if there is no such time.
    pub expires: Option<i64>,
    /// The dashboard as JSON.
    pub dashboard: Value,
}

/// All that people have written.
#[derive(Debug)]
pub struct Notes {
    pub annotations: Shelf<Annotation>,
    pub folders: Shelf<Folder>,
    pub silences: Shelf<Silence>,
    pub links: Shelf<Link>,
    pub snapshots: Shelf<Snapshot>,
}

impl Notes {
    /// Keeps them as long as the program runs.
    pub fn in_memory() -> Self {
        Self {
            annotations: Shelf::in_memory("annotations", 5000),
            folders: Shelf::in_memory("folders", 500),
            silences: Shelf::in_memory("silences", 500),
            links: Shelf::in_memory("short links", 5000).rolling(),
            snapshots: Shelf::in_memory("snapshots", 100),
        }
    }

    /// Keeps them in a directory, one file for each kind.
    pub fn in_directory(directory: &Path) -> Result<Self, ShelfError> {
        Ok(Self {
            annotations: Shelf::in_file("annotations", 5000, directory.join("annotations.json"))?,
            folders: Shelf::in_file("folders", 500, directory.join("folders.json"))?,
            silences: Shelf::in_file("silences", 500, directory.join("silences.json"))?,
            links: Shelf::in_file("short links", 5000, directory.join("links.json"))?.rolling(),
            snapshots: Shelf::in_file("snapshots", 100, directory.join("snapshots.json"))?,
        })
    }
}
