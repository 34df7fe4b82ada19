//! The groups of the resource API, each with one kind of resources, and the versions in which it is served.

use axum::http::Uri;

/// A kind of resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Dashboard,
    Folder,
}

/// All of them, in the order of discovery.
pub(crate) const KINDS: [Kind; 2] = [Kind::Dashboard, Kind::Folder];

impl Kind {
    /// The kind whose group an address names; routes are made of the groups.
    pub(crate) fn of(uri: &Uri) -> Self {
        let group = uri.path().split('/').nth(2).unwrap_or_default();
        KINDS.into_iter().find(|kind| kind.group() == group).unwrap_or(Self::Dashboard)
    }

    pub(crate) fn group(self) -> &'static str {
        match self {
            Self::Dashboard => "dashboard.grafana.app",
            Self::Folder => "folder.grafana.app",
        }
    }

    /// The preferred version stands first.
    pub(crate) fn versions(self) -> &'static [&'static str] {
        match self {
            Self::Dashboard => &["v1beta1", "v1", "v0alpha1", "v2", "v2beta1", "v2alpha1"],
            Self::Folder => &["v1beta1", "v1"],
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dashboard => "Dashboard",
            Self::Folder => "Folder",
        }
    }

    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Dashboard => "dashboards",
            Self::Folder => "folders",
        }
    }

    pub(crate) fn singular(self) -> &'static str {
        match self {
            Self::Dashboard => "dashboard",
            Self::Folder => "folder",
        }
    }

    /// What belongs to each resource, with the kind that it answers with.
    pub(crate) fn parts(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Dashboard => &[("dto", "DashboardWithAccessInfo")],
            Self::Folder => &[
                ("access", "FolderAccessInfo"),
                ("children", "FolderInfoList"),
                ("counts", "DescendantCounts"),
                ("parents", "FolderInfoList"),
            ],
        }
    }
}

/// Where resources are asked for: their kind, and the version and the namespace in which they are written.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) kind: Kind,
    pub(crate) version: String,
    pub(crate) namespace: String,
}

impl Place {
    pub(crate) fn api_version(&self) -> String {
        format!("{}/{}", self.kind.group(), self.version)
    }
}
