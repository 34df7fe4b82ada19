//! The names of the schemas, and the versions of Grafana's API that serve them.

/// A schema in one of the editions in which Grafana's API has served it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// Panels in a list.
    Classic,
    /// `v2alpha1`: a query and a panel name their plugin as their `kind`.
    V2Alpha1,
    /// `v2beta1`: a transformation is still named by its `kind`.
    V2Beta1,
    /// `v2`: whatever has a plugin names it as its `group`.
    V2,
}

impl Schema {
    /// The schema of a version of the API `dashboard.grafana.app`.
    pub fn of_version(version: &str) -> Option<Self> {
        match version {
            "v0alpha1" | "v1alpha1" | "v1beta1" | "v1" => Some(Self::Classic),
            "v2alpha1" => Some(Self::V2Alpha1),
            "v2beta1" => Some(Self::V2Beta1),
            "v2" => Some(Self::V2),
            _ => None,
        }
    }

    /// The version of the API that serves a dashboard as it was written.
    pub fn version(self) -> &'static str {
        match self {
            Self::Classic => "v1beta1",
            Self::V2Alpha1 => "v2alpha1",
            Self::V2Beta1 => "v2beta1",
            Self::V2 => "v2",
        }
    }

    /// Whether its panels stand in `elements`.
    pub fn is_second(self) -> bool {
        self != Self::Classic
    }
}
