//! What holds for all rules, unless their group says something else, and what the lab is called by those outside.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The values of groups that set none of their own.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// Time between two evaluations.
    pub interval: Duration,
    /// How long before the time of evaluation the queries look.
    pub query_offset: Duration,
    /// What templates are told of the world outside.
    pub outside: Arc<Outside>,
}

/// What the lab is called outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// Labels that everything gets which leaves the lab.
    pub labels: BTreeMap<String, String>,
    /// Where people reach Prometheus' port of the lab.
    pub url: String,
}

impl Outside {
    /// The path of the address, as `pathPrefix` gives it.
    pub(crate) fn path(&self) -> &str {
        let after_scheme = self.url.split_once("://").map_or(&*self.url, |(_, rest)| rest);
        after_scheme.find('/').map_or("", |at| after_scheme[at..].trim_end_matches('/'))
    }
}

impl From<Duration> for Defaults {
    fn from(interval: Duration) -> Self {
        Self { interval, ..Self::default() }
    }
}
