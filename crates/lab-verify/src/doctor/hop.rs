//! A path of hops: each is good, broken, or not looked at because one before it is broken.

use std::borrow::Cow;

use serde::Serialize;

use crate::time::wait::Absent;

/// The path of one signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Path {
    /// For example `metrics`.
    pub name: Cow<'static, str>,
    /// In the order in which the signal passes them.
    pub hops: Vec<Hop>,
}

/// One step on the path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hop {
    /// For example `scraped`.
    pub name: &'static str,
    /// How it was found.
    pub state: State,
    /// What was found, in a sentence; empty if the hop was not looked at.
    pub found: String,
    /// What to do if it is broken; else empty.
    pub advice: String,
}

/// How a hop was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The signal passes.
    Good,
    /// It does not.
    Broken,
    /// Not looked at.
    Unseen,
}

/// What is wrong with a hop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) found: String,
    pub(crate) advice: String,
}

/// What was found at a hop.
pub(crate) type Finding = Result<String, Trouble>;

impl From<Absent<Trouble>> for Trouble {
    fn from(absent: Absent<Trouble>) -> Self {
        let Trouble { found, advice } = absent.seen;
        Self { found: Absent { seen: found, waited: absent.waited }.to_string(), advice }
    }
}

/// A hop is broken: what was found, and what to do.
pub(crate) fn trouble<T>(found: impl Into<String>, advice: impl Into<String>) -> Result<T, Trouble> {
    Err(Trouble { found: found.into(), advice: advice.into() })
}

impl Path {
    /// A path with hops of these names, none of them looked at.
    pub(crate) fn new(name: &'static str, hops: &[&'static str]) -> Self {
        let hop = |name: &&'static str| Hop { name, state: State::Unseen, found: String::new(), advice: String::new() };
        Self { name: name.into(), hops: hops.iter().map(hop).collect() }
    }

    /// Records what was found at the next hop; `None` if the path breaks there.
    pub(crate) fn pass(&mut self, finding: Finding) -> Option<()> {
        let hop = self.hops.iter_mut().find(|hop| hop.state == State::Unseen)?;
        match finding {
            Ok(found) => {
                (hop.state, hop.found) = (State::Good, found);
                Some(())
            }
            Err(Trouble { found, advice }) => {
                (hop.state, hop.found, hop.advice) = (State::Broken, found, advice);
                None
            }
        }
    }

    /// The first broken hop.
    pub fn broken(&self) -> Option<&Hop> {
        self.hops.iter().find(|hop| hop.state == State::Broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hops_after_a_broken_one_are_not_looked_at() {
        let mut path = Path::new("metrics", &["exposed", "scraped", "stored"]);
        assert_eq!(path.pass(Ok("3 services".to_owned())), Some(()));
        assert_eq!(path.pass(trouble("down", "start it")), None);
        let states: Vec<_> = path.hops.iter().map(|hop| hop.state).collect();
        assert_eq!(states, [State::Good, State::Broken, State::Unseen]);
        assert_eq!(path.broken().map(|hop| (hop.name, hop.advice.as_str())), Some(("scraped", "start it")));
    }
}
