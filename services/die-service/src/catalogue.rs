//! The specifications in use, exchanged as a whole when the file changes.

use std::sync::Arc;

use crate::metrics::DieMetrics;
use crate::specification::Specifications;
use parking_lot::RwLock;

/// Shared by the handlers and the watcher.
#[derive(Debug, Clone)]
pub struct Catalogue {
    current: Arc<RwLock<Arc<Specifications>>>,
    /// Kept in step with the specifications.
    pub metrics: DieMetrics,
}

impl Catalogue {
    /// Begins with these.
    pub fn new(specifications: Specifications, metrics: DieMetrics) -> Self {
        let catalogue = Self { current: Arc::new(RwLock::new(Arc::new(specifications.clone()))), metrics };
        catalogue.replace(specifications);
        catalogue
    }

    /// Those in use now.
    pub fn current(&self) -> Arc<Specifications> {
        self.current.read().clone()
    }

    /// Uses these from now on. The series of every die exist from here, at 0.
    pub fn replace(&self, specifications: Specifications) {
        for identifier in specifications.identifiers() {
            self.metrics.requested(identifier);
        }
        self.metrics.loaded.set(specifications.len() as i64);
        *self.current.write() = Arc::new(specifications);
    }
}
