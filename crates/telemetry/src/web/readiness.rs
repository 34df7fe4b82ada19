//! Whether a service can do its work: named conditions, each met or not yet.

use std::sync::Arc;

use parking_lot::Mutex;

/// Shared by those who know and by `/readyz`. Without conditions a service is ready.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<Mutex<Vec<State>>>);

/// One condition, to be reported by whoever knows about it.
#[derive(Debug, Clone)]
pub struct Condition {
    readiness: Readiness,
    name: &'static str,
}

#[derive(Debug)]
struct State {
    name: &'static str,
    /// Why it is not met; `None` when it is.
    missing: Option<String>,
}

impl Readiness {
    /// Adds a condition, not met yet. `name` is what a person reads, for example `die-service`.
    pub fn condition(&self, name: &'static str) -> Condition {
        let missing = Some("has not answered yet".to_owned());
        self.0.lock().push(State { name, missing });
        Condition { readiness: self.clone(), name }
    }

    /// What is missing, as `name: reason`; empty when ready.
    pub fn missing(&self) -> Vec<String> {
        let states = self.0.lock();
        states.iter().filter_map(|state| Some(format!("{}: {}", state.name, state.missing.as_ref()?))).collect()
    }
}

impl Condition {
    /// It is met.
    pub fn met(&self) {
        self.set(None);
    }

    /// It is not met, and why.
    pub fn unmet(&self, reason: impl Into<String>) {
        self.set(Some(reason.into()));
    }

    fn set(&self, missing: Option<String>) {
        let mut states = self.readiness.0.lock();
        if let Some(state) = states.iter_mut().find(|state| state.name == self.name) {
            state.missing = missing;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_is_when_every_condition_is_met() {
        let readiness = Readiness::default();
        assert!(readiness.missing().is_empty());
        let (die, disk) = (readiness.condition("die-service"), readiness.condition("disk"));
        die.met();
        assert_eq!(readiness.missing(), ["disk: has not answered yet"]);
        disk.met();
        assert!(readiness.missing().is_empty());
        die.unmet("connection refused");
        assert_eq!(readiness.missing(), ["die-service: connection refused"]);
    }
}
