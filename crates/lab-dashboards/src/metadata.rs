//! What is said about a dashboard beside its content, as Grafana's resources say it: labels, annotations, when it was made.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::identity;

/// Labels and annotations that are kept of one dashboard, each; further ones are left out.
const MOST: usize = 64;
/// The annotation that holds the words about a change.
const MESSAGE: &str = "grafana.app/message";
/// The annotation that holds the time of the last change, RFC 3339.
const UPDATED: &str = "grafana.app/updatedTimestamp";

/// The metadata of a dashboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    pub labels: BTreeMap<String, String>,
    pub annotations: BTreeMap<String, String>,
    /// RFC 3339; empty if it is not known.
    pub created: String,
    /// Tells the dashboard from an earlier one of the same name that is gone; empty if it was kept before there were identities.
    pub identity: String,
}

impl Metadata {
    /// Reads the `metadata` of a resource.
    pub fn of(metadata: &Value) -> Self {
        let texts = |name: &str| -> BTreeMap<String, String> {
            let pairs = metadata[name].as_object().into_iter().flatten().take(MOST);
            pairs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
        };
        let text = |name: &str| metadata[name].as_str().unwrap_or_default().to_owned();
        let (created, identity) = (text("creationTimestamp"), text("uid"));
        Self { labels: texts("labels"), annotations: texts("annotations"), created, identity }
    }

    /// The `metadata` of a resource of this name.
    pub fn encode(&self, name: &str) -> Value {
        json!({
            "name": name, "labels": self.labels, "annotations": self.annotations, "creationTimestamp": self.created,
            "uid": self.identity,
        })
    }

    /// The words that somebody saved it with.
    pub fn message(&self) -> &str {
        self.annotations.get(MESSAGE).map_or("", String::as_str)
    }

    /// When it was changed last, or made; RFC 3339.
    pub fn updated(&self) -> &str {
        self.annotations.get(UPDATED).unwrap_or(&self.created)
    }

    /// Notes that it is saved at this time (RFC 3339), with words about the change. When it was made, and its identity, are
    /// known to who keeps its earlier versions; without one it is made now, and has an identity of its own.
    pub fn saved(&mut self, at: &str, message: &str) {
        at.clone_into(&mut self.created);
        self.identity = identity::fresh();
        self.annotations.insert(UPDATED.to_owned(), at.to_owned());
        if message.is_empty() {
            self.annotations.remove(MESSAGE);
        } else {
            self.annotations.insert(MESSAGE.to_owned(), message.to_owned());
        }
    }
}
