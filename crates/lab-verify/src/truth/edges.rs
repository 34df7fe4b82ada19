//! The calls between services as the service graph counts them.

use std::collections::BTreeMap;

/// How many calls each service made to each other one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Edges(BTreeMap<(String, String), f64>);

impl Edges {
    /// Adds calls from a client to a server.
    pub fn add(&mut self, client: &str, server: &str, calls: f64) {
        *self.0.entry((client.to_owned(), server.to_owned())).or_default() += calls;
    }

    /// Sets the calls from a client to a server.
    pub fn set(&mut self, client: &str, server: &str, calls: f64) {
        self.0.insert((client.to_owned(), server.to_owned()), calls);
    }

    /// Whether calls from a client to a server were ever counted.
    pub fn has(&self, client: &str, server: &str) -> bool {
        self.0.contains_key(&(client.to_owned(), server.to_owned()))
    }

    /// The calls from one service to another.
    pub fn between(&self, client: &str, server: &str) -> f64 {
        self.0.get(&(client.to_owned(), server.to_owned())).copied().unwrap_or_default()
    }

    /// The calls to a service, whoever made them.
    pub fn to(&self, server: &str) -> f64 {
        self.0.iter().filter(|((_, called), _)| called == server).map(|(_, calls)| calls).sum()
    }

    /// Whether no call of anybody was ever counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What came since an earlier moment.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let grown = |(edge, calls): (&(String, String), &f64)| {
            (edge.clone(), calls - before.0.get(edge).copied().unwrap_or_default())
        };
        Self(self.0.iter().map(grown).collect())
    }
}
